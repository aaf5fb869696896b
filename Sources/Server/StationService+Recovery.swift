import Domain
import Gateway
import JSON
import Platform

/// Connection state recovery, as the official Socket.IO client asks for it: by the `pid` that it was given and the
/// offset of the last event that it saw.
extension StationService {
    /// What a client's auth payload resumes: the name of its connection, and the place behind its offset. Nil where the
    /// name was not given to this user here, or where what came after the offset is no longer all there.
    ///
    /// A client without an offset has had no event on the connection, but for one that acknowledges: the official one
    /// takes no offsets then, and what it has acknowledged is what counts.
    func resume(
        _ auth: JSONObject?, _ wishes: Subscriber.Wishes, of user: Identifier, through loop: EventLoop, now: Moment
    ) -> (name: RecoveryName, start: InboxPosition)? {
        guard wishes.contains(.recovery), let text = auth?["pid"]?.stringValue,
            let name = RecoveryName(text, user: user, epoch: epoch, secret: secret)
        else { return nil }
        var sequence = name.start
        if let offset = auth?["offset"]?.stringValue.flatMap({ RecoveryOffset($0, user: user) }) {
            guard offset.id.epoch == epoch, offset.id.sequence <= toldThrough else { return nil }
            sequence = max(sequence, offset.id.sequence)
        }
        if wishes.contains(.acknowledgements) {
            sequence = max(sequence, deliveredPosition(of: user)?.sequence ?? 0)
        }
        guard sequence <= toldThrough, let start = desk.position(of: user, at: sequence) else { return nil }
        // The client says itself that it has seen everything up to its offset.
        note(user, received: sequence, now: now)
        // The connection that is resumed may look open here still.
        for old in subscribers.subscribers(of: user) where old.socketID == name.socketID {
            close(old, reason: "its client has resumed", through: loop, now: now)
        }
        return (name, start)
    }

    /// The `pid` with which CONNECT is answered, where the client asked for recovery.
    func recoveryMembers(for subscriber: Subscriber, resumed: RecoveryName?, behind start: UInt64) -> JSONObject {
        guard subscriber.wishes.contains(.recovery) else { return JSONObject() }
        let name = resumed ?? RecoveryName(socketID: subscriber.socketID, start: start)
        return ["pid": .string(name.text(user: subscriber.user, epoch: epoch, secret: secret))]
    }
}
