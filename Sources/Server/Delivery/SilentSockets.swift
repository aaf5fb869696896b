import Bytes
import Gateway
import Platform

/// Which of a user's sockets may make room for another one.
///
/// A phone that has lost its line leaves sockets behind that look open for as long as a ping may be unanswered. Those
/// that owe an answer go first. One that has been heard a moment ago stays, so that many devices of one user do not
/// drive out each other in turns.
enum SilentSockets {
    /// A socket that owes a pong for this long is probably dead: over the station's LAN an answer takes less.
    static let owingMillis: Int64 = 1_000
    /// A socket that was heard within this time stays, unless it owes a pong.
    static let heardMillis: Int64 = 10_000

    /// The socket that has been silent longest and may be closed: of those that owe a pong, otherwise of all. Nil if
    /// every one of them has been heard a moment ago.
    static func longest(of sockets: [Subscriber], through loop: EventLoop, now: Moment) -> Subscriber? {
        var owing: (Subscriber, since: MonotonicTime)?
        var silent: (Subscriber, since: MonotonicTime)?
        for socket in sockets {
            guard let signs = socket.signs(through: loop) else { return socket }
            if let since = signs.owesPongSince, now.monotonic.milliseconds(since: since) >= owingMillis,
                since < owing?.since ?? .init(milliseconds: .max)
            {
                owing = (socket, since)
            }
            if now.monotonic.milliseconds(since: signs.heardAt) >= heardMillis,
                signs.heardAt < silent?.since ?? .init(milliseconds: .max)
            {
                silent = (socket, signs.heardAt)
            }
        }
        return owing?.0 ?? silent?.0
    }

    /// Whether it is worth asking for a sign of life: nothing was heard for as long as an answer takes, and no answer
    /// is under way.
    static func mayBeAsked(_ socket: Subscriber, through loop: EventLoop, now: Moment) -> Bool {
        guard let signs = socket.signs(through: loop), signs.owesPongSince == nil else { return false }
        return now.monotonic.milliseconds(since: signs.heardAt) >= owingMillis
    }
}
