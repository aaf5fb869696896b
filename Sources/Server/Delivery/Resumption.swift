import Domain
import Gateway
import JSON
import Platform

/// Resuming a session, which Socket.IO calls connection state recovery. The client presents the `pid` that it was given
/// and the offset of the last event that it saw.
struct Resumption {
    let durable: DurableDesk
    let delivery: Delivery
    /// Signs the private session ids.
    let secret: [UInt8]

    /// The session that a client's auth payload resumes: its private session id, and the position at its offset. Nil if
    /// this station did not give the id to this user, or no longer has all events after the offset.
    ///
    /// A client without an offset had no event on the connection, unless it acknowledges: the official client keeps no
    /// offsets then, and its acknowledgements count instead.
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
        // By its offset the client itself says that it has everything up to there.
        delivery.proofs.note(user, received: sequence, now: now)
        // The earlier connection may still look open here.
        for old in delivery.subscribers.subscribers(of: user) where old.socketID == id.socketID {
            delivery.close(old, reason: "its client has resumed", through: loop, now: now)
        }
        return (id, start)
    }

    /// The member `pid` of the answer to CONNECT, if the client asked for it.
    func connectMembers(for subscriber: Subscriber, resumed: PrivateSessionID?, after start: UInt64) -> JSONObject {
        guard subscriber.wishes.contains(.resuming) else { return JSONObject() }
        let id = resumed ?? PrivateSessionID(socketID: subscriber.socketID, start: start)
        return ["pid": .string(id.text(user: subscriber.user, epoch: durable.epoch, secret: secret))]
    }
}
