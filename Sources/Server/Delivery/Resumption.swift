import Domain
import Gateway
import JSON
import Platform

/// Resuming a session, which Socket.IO calls connection state recovery: by the `pid` that the client was given and the
/// offset of the last event that it saw.
struct Resumption {
    let durable: DurableDesk
    let delivery: Delivery
    /// Signs the private session ids.
    let secret: [UInt8]

    /// What a client's auth payload resumes: its private session id, and the place after its offset. Nil if the id was
    /// not given to this user here, or if what came after the offset is no longer all there.
    ///
    /// A client without an offset has had no event on the connection, unless it acknowledges: the official client keeps
    /// no offsets then, and what it has acknowledged counts.
    func resume(
        _ auth: JSONObject?, _ wishes: Subscriber.Wishes, of user: Identifier, through loop: EventLoop, now: Moment
    ) -> (id: PrivateSessionID, start: InboxPosition)? {
        guard wishes.contains(.resuming), let text = auth?["pid"]?.stringValue,
            let id = PrivateSessionID(text, user: user, epoch: durable.epoch, secret: secret)
        else { return nil }
        let announcedThrough = delivery.subscribers.announcedThrough
        var sequence = id.start
        if let offset = auth?["offset"]?.stringValue.flatMap({ ResumeOffset($0, user: user) }) {
            guard offset.id.epoch == durable.epoch, offset.id.sequence <= announcedThrough else { return nil }
            sequence = max(sequence, offset.id.sequence)
        }
        if wishes.contains(.acknowledgements) {
            sequence = max(sequence, delivery.proofs.deliveredPosition(of: user)?.sequence ?? 0)
        }
        guard sequence <= announcedThrough, let start = durable.desk.position(of: user, at: sequence) else {
            return nil
        }
        // The client says itself that it has seen everything up to its offset.
        delivery.proofs.note(user, received: sequence, now: now)
        // The connection that is resumed may still look open here.
        for old in delivery.subscribers.subscribers(of: user) where old.socketID == id.socketID {
            delivery.close(old, reason: "its client has resumed", through: loop, now: now)
        }
        return (id, start)
    }

    /// The `pid` with which CONNECT is answered, if the client asked for it.
    func connectMembers(for subscriber: Subscriber, resumed: PrivateSessionID?, behind start: UInt64) -> JSONObject {
        guard subscriber.wishes.contains(.resuming) else { return JSONObject() }
        let id = resumed ?? PrivateSessionID(socketID: subscriber.socketID, start: start)
        return ["pid": .string(id.text(user: subscriber.user, epoch: durable.epoch, secret: secret))]
    }
}
