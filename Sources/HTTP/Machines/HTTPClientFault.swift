/// Why a response could not be read. The connection is of no more use.
public enum HTTPClientFault: Error, Hashable, Sendable {
    /// The server sent what is no response, or a response to nothing; the sentence says what is wrong.
    case malformed(String)
    /// The response is over a limit; the sentence says which.
    case tooLarge(String)
    /// The connection ended before the response did.
    case incomplete

    init(_ fault: HTTPFault) {
        switch fault.status {
        case .contentTooLarge, .requestHeaderFieldsTooLarge: self = .tooLarge(fault.message)
        default: self = .malformed(fault.message)
        }
    }
}
