/// Why a connection is closed (RFC 6455, section 7.4, and the IANA registry of close code numbers).
public struct WebSocketCloseCode: RawRepresentable, Hashable, Sendable {
    public let rawValue: UInt16

    @inlinable public init(rawValue: UInt16) { self.rawValue = rawValue }

    public static let normalClosure = Self(rawValue: 1000)
    public static let goingAway = Self(rawValue: 1001)
    public static let protocolError = Self(rawValue: 1002)
    public static let unsupportedData = Self(rawValue: 1003)
    /// Stands for a Close frame without a code; never sent.
    public static let noStatusReceived = Self(rawValue: 1005)
    /// Stands for a connection that ended without a Close frame; never sent.
    public static let abnormalClosure = Self(rawValue: 1006)
    public static let invalidPayload = Self(rawValue: 1007)
    public static let policyViolation = Self(rawValue: 1008)
    public static let messageTooBig = Self(rawValue: 1009)
    public static let mandatoryExtension = Self(rawValue: 1010)
    public static let internalError = Self(rawValue: 1011)
    public static let serviceRestart = Self(rawValue: 1012)
    public static let tryAgainLater = Self(rawValue: 1013)
    public static let badGateway = Self(rawValue: 1014)

    /// Whether a Close frame may carry this code: those registered for the wire (1000–1003, 1007–1014), and the ranges
    /// for libraries and applications (3000–4999).
    public var isAllowedOnWire: Bool {
        switch rawValue {
        case 1000...1003, 1007...1014, 3000...4999: true
        default: false
        }
    }
}
