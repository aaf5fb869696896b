/// What is wrong with a request, as the response to it. The connection ends with that response, because after a fault
/// the start of the next request is unknown.
public struct HTTPFault: Error, Hashable, Sendable {
    /// A 4xx or 5xx status.
    public let status: HTTPStatus
    /// A sentence for the client's author, without a full stop. It never quotes what was received.
    public let message: String

    /// Creates a fault from its status and its sentence.
    public init(status: HTTPStatus, message: String) {
        self.status = status
        self.message = message
    }

    static func badRequest(_ message: String) -> HTTPFault { HTTPFault(status: .badRequest, message: message) }

    static func fieldsTooLarge(_ message: String) -> HTTPFault {
        HTTPFault(status: .requestHeaderFieldsTooLarge, message: message)
    }

    static func notImplemented(_ message: String) -> HTTPFault { HTTPFault(status: .notImplemented, message: message) }

    static func contentTooLarge(_ message: String) -> HTTPFault {
        HTTPFault(status: .contentTooLarge, message: message)
    }

    static func timeout(_ message: String) -> HTTPFault { HTTPFault(status: .requestTimeout, message: message) }
}
