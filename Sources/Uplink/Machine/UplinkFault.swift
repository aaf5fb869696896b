/// Why a connection to the central server failed or ended, and when to try again.
public struct UplinkFault: Error, Hashable, Sendable {
    /// When to try again.
    public enum Remedy: Hashable, Sendable {
        /// Try again, less and less often.
        case backOff
        /// Try again after this number of seconds, 0 or more, because the server asked for it.
        case waitSeconds(Int)
        /// An operator must do something first. We keep trying, as seldom as possible, so that nobody has to restart
        /// the station afterwards.
        case intervention
        /// The server does not want to hear from this station again, so we do not retry until the next start or the
        /// next change of the configuration.
        case stop
    }

    /// A clause for an operator, without a full stop: `the central server refuses the token (401)`.
    public let message: String
    /// When to try again.
    public let remedy: Remedy

    /// Creates a fault.
    ///
    /// - Parameter message: a clause for an operator, without a full stop.
    public init(_ message: String, _ remedy: Remedy = .backOff) {
        self.message = message
        self.remedy = remedy
    }
}
