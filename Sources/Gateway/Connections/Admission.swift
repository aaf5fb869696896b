import Bytes
import Platform

/// What a listener is for.
public enum ListenerUse: Sendable {
    /// Clients.
    case clients
    /// The machine's owner, who alone can connect there.
    case control
    /// Requests for metrics, and nothing else.
    case metrics
}

/// What a listener is for, and how its clients speak.
struct Listener {
    let use: ListenerUse
    /// Whether they speak TLS.
    let isSecure: Bool
}

/// The listeners, and whether they accept new connections at the moment.
struct Admission {
    /// The most connections that one listener accepts in a turn.
    static let acceptsPerTurnMax = 64
    /// The most connections over a limit that are being told so at the same time.
    static let refusedConnectionsMax = 64
    private static let pauseMillis: Int64 = 100
    private static let warningMillis: Int64 = 10_000

    /// The listeners.
    var listeners: [ListenerID: Listener] = [:]
    /// Clients are not accepted until then, because no descriptor was left.
    private(set) var pausedUntil: MonotonicTime?
    private var lastWarning: MonotonicTime?

    /// This listener; nil if it accepts no connections at the moment.
    func listener(_ id: ListenerID) -> Listener? {
        guard let listener = listeners[id], pausedUntil == nil || listener.use == .control else { return nil }
        return listener
    }

    mutating func pause(now: MonotonicTime) { pausedUntil = now.advanced(byMilliseconds: Self.pauseMillis) }

    /// Ends a pause that is over; false if there is none.
    mutating func resume(now: MonotonicTime) -> Bool {
        guard let until = pausedUntil, until <= now else { return false }
        pausedUntil = nil
        return true
    }

    /// Removes all listeners, which the caller must close.
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
