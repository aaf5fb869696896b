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

/// The listeners, and whether they accept new connections at the moment.
struct Admission {
    /// The most connections that one listener accepts in a turn.
    static let acceptsPerTurnMax = 64
    /// The most connections over a limit that are being told so at the same time.
    static let refusedConnectionsMax = 64
    private static let pauseMillis: Int64 = 100
    private static let warningMillis: Int64 = 10_000

    /// The listeners and what each is for.
    var listeners: [ListenerID: ListenerUse] = [:]
    /// Clients are not accepted until then, because no descriptor was left.
    private(set) var pausedUntil: MonotonicTime?
    private var lastWarning: MonotonicTime?

    /// What this listener is for; nil if it accepts no connections at the moment.
    func use(of listener: ListenerID) -> ListenerUse? {
        guard let use = listeners[listener], pausedUntil == nil || use == .control else { return nil }
        return use
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
