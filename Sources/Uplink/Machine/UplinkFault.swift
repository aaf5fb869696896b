/// Why a connection to the central server is of no more use, and when to try again.
public struct UplinkFault: Error, Hashable, Sendable {
    public enum Remedy: Hashable, Sendable {
        /// Try again, less and less often.
        case backOff
        /// Try again after so many seconds, as the server asked: 0 or more.
        case waitSeconds(Int)
        /// Somebody must do something first. Trying goes on, as seldom as can be, so that nobody must restart the
        /// station when it is done.
        case intervention
        /// The server does not want to hear of this station again: no further try before the next start or the next
        /// change of the configuration.
        case stop
    }

    /// A clause for an operator, without a full stop: `the central server refuses the token (401)`.
    public let message: String
    public let remedy: Remedy

    public init(_ message: String, _ remedy: Remedy = .backOff) {
        self.message = message
        self.remedy = remedy
    }
}
