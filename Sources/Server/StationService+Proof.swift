import Bytes
import Domain
import Gateway
import Platform
import SocketIO

/// Proof of delivery: what a client has provably read is not sent to its user again.
///
/// TCP is in order and every client answers pings, so the answer to a ping proves that what was sent before it was
/// read. Proofs are kept in memory at first and stored together after a while, in one record; what a crash makes forget
/// is sent once more and marked as replayed.
extension StationService {
    /// A ping that is not answered for so long is a sign that its client is gone.
    private static let overdueMillis: Int64 = 5_000

    // MARK: Asking

    /// Sees to it that a ping follows what this socket was sent: at once, or when the last one is long enough ago.
    func requestProof(from subscriber: Subscriber, through loop: EventLoop, now: Moment) {
        guard !subscriber.isGone, !subscriber.wishes.contains(.acknowledgements),
            sentThrough(subscriber) > subscriber.proof.requestedThrough, !subscriber.proof.isPingDue
        else { return }
        let due = subscriber.proof.lastPingAt.advanced(
            byMilliseconds: Int64(configuration.limits.earlyPingFloorMillis))
        guard due > now.monotonic else { return ping(subscriber, through: loop, now: now) }
        subscriber.proof.isPingDue = true
        duePings.set(due, for: subscriber)
    }

    /// After an event for many their next pings are due at the same moment: so many go out in one turn, and what comes
    /// in meanwhile need not wait for all.
    private static let duePingsPerTurnMax = 64

    /// Pings those whose time has come.
    func sendDuePings(through loop: EventLoop, now: Moment) {
        for _ in 0..<Self.duePingsPerTurnMax {
            guard let subscriber = duePings.takeExpired(at: now.monotonic) else { return }
            subscriber.proof.isPingDue = false
            if !subscriber.isGone { ping(subscriber, through: loop, now: now) }
        }
    }

    private func ping(_ subscriber: Subscriber, through loop: EventLoop, now: Moment) {
        let through = sentThrough(subscriber)
        let number =
            switch subscriber.channel {
            case .socketIO(let client): loop.ping(client)
            case .webSocket(let connection): loop.ping(connection)
            }
        if let number { subscriber.proof.pinged(number, through: through, now: now.monotonic) }
    }

    /// Up to where this socket was sent everything.
    private func sentThrough(_ subscriber: Subscriber) -> UInt64 {
        subscriber.catchUp?.position.sequence ?? toldThrough
    }

    /// Sends a notification that the client is to acknowledge; false where it owes too many.
    ///
    /// - Parameter proven: what its acknowledgement will prove, when all before it have come: everything up to this
    ///   event.
    func sendForAcknowledgement(
        _ event: EncodedEvent, proving proven: UInt64, to subscriber: Subscriber, through loop: EventLoop
    ) -> Bool {
        guard case .socketIO(let client) = subscriber.channel,
            let id = loop.emitWithAcknowledgement(
                event.name, event.arguments(for: subscriber), to: Self.socket(of: client))
        else { return false }
        subscriber.proof.owes(UInt32(truncatingIfNeeded: id), through: proven)
        return true
    }

    /// Whether the client has not answered for so long that it is hardly there.
    func isOverdue(_ subscriber: Subscriber, now: Moment) -> Bool {
        guard let since = subscriber.proof.awaitedSince else { return false }
        return now.monotonic.milliseconds(since: since) > Self.overdueMillis
    }

    // MARK: Answers

    public func clientPonged(_ client: EngineClient, ping: UInt32, through loop: EventLoop, now: Moment) {
        guard let subscriber = client.attachment as? Subscriber else { return }
        ponged(subscriber, ping, now: now)
    }

    public func webSocketPonged(_ connection: ConnectionID, ping: UInt32, through loop: EventLoop, now: Moment) {
        guard let subscriber = plainSubscribers[connection] else { return }
        ponged(subscriber, ping, now: now)
    }

    private func ponged(_ subscriber: Subscriber, _ ping: UInt32, now: Moment) {
        if let through = subscriber.proof.ponged(ping) { note(subscriber.user, received: through, now: now) }
    }

    public func socketAcknowledged(_ socket: Socket, id: Int, through loop: EventLoop, now: Moment) {
        guard socket.namespace == Self.namespace, let subscriber = socket.client.attachment as? Subscriber else {
            return
        }
        if let through = subscriber.proof.acknowledged(UInt32(truncatingIfNeeded: id)) {
            note(subscriber.user, received: through, now: now)
        }
        // There may have been no room for another.
        makeReady(subscriber)
    }

    /// Notes that a user has provably received everything up to `sequence`; of several sockets the furthest counts.
    func note(_ user: Identifier, received sequence: UInt64, now: Moment) {
        guard sequence > unstoredProofs[user] ?? 0 else { return }
        unstoredProofs[user] = sequence
        if nextProofStore == nil {
            nextProofStore = now.monotonic.advanced(byMilliseconds: Int64(configuration.limits.proofStoreMillis))
        }
    }

    // MARK: Storing

    func storeDueProofs(now: Moment) {
        guard let due = nextProofStore, due <= now.monotonic else { return }
        storeProofs(now: now)
        // What could not be stored, because the journal is full, is tried again.
        nextProofStore =
            unstoredProofs.isEmpty
            ? nil : now.monotonic.advanced(byMilliseconds: Int64(configuration.limits.proofStoreMillis))
    }

    /// Stages the cursors that have moved; they are durable after the next commit.
    func storeProofs(now: Moment) {
        while !unstoredProofs.isEmpty {
            let users = unstoredProofs.keys.sorted().prefix(DeskLimits.deliveriesPerRecordMax)
            var cursors: [Identifier: UInt64] = [:]
            for user in users { cursors[user] = unstoredProofs[user] }
            do throws(Refusal) {
                _ = try execute(.noteDelivered(cursors), by: .station, now: now)
            } catch {
                return
            }
            for user in users { unstoredProofs[user] = nil }
        }
    }
}
