/// Why a connection is closed (RFC 6455, section 7.4, and the IANA WebSocket close code registry).
public struct WebSocketCloseCode: RawRepresentable, Hashable, Sendable {
    /// The number on the wire.
    public let rawValue: UInt16

    /// Creates a close code from its number; any number is possible, `isAllowedOnWire` tells valid ones.
    @inlinable public init(rawValue: UInt16) { self.rawValue = rawValue }

    /// The purpose of the connection is fulfilled.
    public static let normalClosure = Self(rawValue: 1000)
    /// The server shuts down, or the page is left.
    public static let goingAway = Self(rawValue: 1001)
    /// The peer broke the protocol.
    public static let protocolError = Self(rawValue: 1002)
    /// The peer sent a kind of data that is not accepted.
    public static let unsupportedData = Self(rawValue: 1003)
    /// Stands for a Close frame without a code; never sent.
    public static let noStatusReceived = Self(rawValue: 1005)
    /// Stands for a connection that ended without a Close frame; never sent.
    public static let abnormalClosure = Self(rawValue: 1006)
    /// The peer sent a message whose content does not fit its type, such as text that is not UTF-8.
    public static let invalidPayload = Self(rawValue: 1007)
    /// The peer broke a rule for which there is no other code.
    public static let policyViolation = Self(rawValue: 1008)
    /// The peer sent a message that is too big.
    public static let messageTooBig = Self(rawValue: 1009)
    /// The client needs an extension that the server did not accept.
    public static let mandatoryExtension = Self(rawValue: 1010)
    /// The server met an unexpected condition.
    public static let internalError = Self(rawValue: 1011)
    /// The server restarts; the client may reconnect.
    public static let serviceRestart = Self(rawValue: 1012)
    /// The server is overloaded; the client should reconnect later.
    public static let tryAgainLater = Self(rawValue: 1013)
    /// A gateway got an invalid response from its upstream server.
    public static let badGateway = Self(rawValue: 1014)

    /// Whether a Close frame may carry this code: the codes registered for the wire (1000–1003, 1007–1014), and the
    /// ranges for libraries and applications (3000–4999).
    public var isAllowedOnWire: Bool {
        switch rawValue {
        case 1000...1003, 1007...1014, 3000...4999: true
        default: false
        }
    }
}
