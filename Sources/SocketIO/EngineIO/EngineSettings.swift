/// The settings of all Engine.IO sessions of an endpoint. A class, so that ten thousand sessions share one.
public final class EngineSettings: Sendable {
    /// Milliseconds from the opening or a pong to the next ping.
    public let pingIntervalMillis: Int64
    /// Milliseconds from a ping until its pong is overdue.
    public let pingTimeoutMillis: Int64
    /// Milliseconds from the arrival of a second transport to its `upgrade` packet.
    public let upgradeTimeoutMillis: Int64
    /// Milliseconds that a closed session waits for more polls, so that the client receives its last packets.
    public let closeTimeoutMillis: Int64
    /// The most bytes in a POST's body, in a poll's answer of more than one packet, and in a WebSocket message. Clients
    /// receive this number in the open packet; the WebSocket layer enforces the limit for its messages.
    public let maxPayload: Int
    /// The most packets in one poll's answer. python-engineio refuses an answer of more than 16.
    public let pollPacketsMax: Int
    /// The most bytes that may wait for a poll; a session that exceeds this is closed (`bufferFull`).
    public let bufferedBytesMax: Int
    /// Whether a session may change from polling to WebSocket.
    public let allowUpgrades: Bool

    /// Creates settings. The defaults are those of the official server, except for the bounds on waiting packets.
    ///
    /// - Precondition: all numbers are positive, and the buffer holds at least one packet of the greatest size.
    public init(
        pingIntervalMillis: Int64 = 25_000,
        pingTimeoutMillis: Int64 = 20_000,
        upgradeTimeoutMillis: Int64 = 10_000,
        closeTimeoutMillis: Int64 = 30_000,
        maxPayload: Int = 1_000_000,
        pollPacketsMax: Int = 16,
        bufferedBytesMax: Int = 4_000_000,
        allowUpgrades: Bool = true
    ) {
        precondition(pingIntervalMillis > 0 && pingTimeoutMillis > 0, "the heartbeat needs time")
        precondition(upgradeTimeoutMillis > 0 && closeTimeoutMillis > 0, "upgrades and closes need time")
        precondition(maxPayload > 0 && pollPacketsMax > 0, "a payload holds at least one packet")
        precondition(bufferedBytesMax / 2 >= maxPayload, "the buffer must hold the greatest packet, even in base64")
        self.pingIntervalMillis = pingIntervalMillis
        self.pingTimeoutMillis = pingTimeoutMillis
        self.upgradeTimeoutMillis = upgradeTimeoutMillis
        self.closeTimeoutMillis = closeTimeoutMillis
        self.maxPayload = maxPayload
        self.pollPacketsMax = pollPacketsMax
        self.bufferedBytesMax = bufferedBytesMax
        self.allowUpgrades = allowUpgrades
    }
}
