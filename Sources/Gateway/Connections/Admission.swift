import Bytes
import Platform

/// The listeners, and whether new connections are accepted just now.
struct Admission {
    /// Connections that one listener accepts in a turn, at most.
    static let acceptsPerTurnMax = 256
    /// Connections over a limit that are told so at the same time.
    static let refusedConnectionsMax = 64
    private static let pauseMillis: Int64 = 100
    private static let warningMillis: Int64 = 10_000

    /// The listeners, and whether only the machine's owner can connect there.
    var listeners: [ListenerID: Bool] = [:]
    /// Until then no descriptor is left for new clients.
    private(set) var pausedUntil: MonotonicTime?
    private var lastWarning: MonotonicTime?

    /// Whether connections of this listener are accepted; nil if there is no such listener.
    func isControl(_ listener: ListenerID) -> Bool? {
        guard let isControl = listeners[listener], pausedUntil == nil || isControl else { return nil }
        return isControl
    }

    mutating func pause(now: MonotonicTime) { pausedUntil = now.advanced(byMilliseconds: Self.pauseMillis) }

    /// Ends a pause that is over; false if there is none.
    mutating func resume(now: MonotonicTime) -> Bool {
        guard let until = pausedUntil, until <= now else { return false }
        pausedUntil = nil
        return true
    }

    /// Removes all listeners, which are to be closed.
    mutating func removeListeners() -> [ListenerID] {
        defer { listeners = [:] }
        pausedUntil = nil
        return Array(listeners.keys)
    }

    /// Whether a warning may be logged: one line in ten seconds, since a flood must not fill the log.
    mutating func mayWarn(now: MonotonicTime) -> Bool {
        if let last = lastWarning, now.milliseconds(since: last) < Self.warningMillis { return false }
        lastWarning = now
        return true
    }
}
