import Bytes

/// What the pings of a client tell about it.
public struct SignsOfLife: Sendable {
    /// When the last pong came, or the connection was opened.
    public let heardAt: MonotonicTime
    /// Since when the client owes a pong; nil if it owes none.
    public let owesPongSince: MonotonicTime?

    /// Creates the signs of one client.
    public init(heardAt: MonotonicTime, owesPongSince: MonotonicTime?) {
        self.heardAt = heardAt
        self.owesPongSince = owesPongSince
    }
}
