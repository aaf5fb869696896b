import Bytes
import Domain
import Gateway
import JSON
import Platform
import SocketIO
import Store
import WebSocket

/// Sending what was missed: a little in each turn, to one socket after another, as far as each takes it.
///
/// A socket that catches up is a place in the index; what is sent is read from the journal at the moment when there is
/// room for it. Once it has come to what was told last it hears of everything as it happens, from within the same turn,
/// so that nothing can fall between and nothing overtakes.
extension StationService {
    /// Entries of the index that one turn looks at for one socket. It bounds the time by which a turn delays what is
    /// new.
    static let catchUpEntriesMax = 32

    /// The socket can be sent more, in its turn.
    func makeReady(_ subscriber: Subscriber) {
        guard let catchUp = subscriber.catchUp, !catchUp.isReady, !subscriber.isGone else { return }
        catchUp.isReady = true
        readyToCatchUp.append(subscriber)
    }

    /// A socket that was told everything up to now cannot take more: it will read on from here.
    func fallBehind(_ subscriber: Subscriber, before sequence: UInt64, through loop: EventLoop) {
        let position = desk.position(of: subscriber.user, at: sequence - 1) ?? deliveredPosition(of: subscriber.user)
        guard let position else { return }
        subscriber.catchUp = CatchUp(position: position)
        awaitRoom(for: subscriber, through: loop)
    }

    /// Gives the central server its share, and the one who has waited longest its own.
    public func catchUp(through loop: EventLoop, now: Moment) {
        shipEvents(through: loop, now: now)
        guard !readyToCatchUp.isEmpty else {
            missedRecords = nil
            return
        }
        let subscriber = readyToCatchUp.removeFirst()
        guard !subscriber.isGone, let catchUp = subscriber.catchUp else { return }
        catchUp.isReady = false
        guard hasRoom(for: subscriber, within: loop.settings.catchUpWindowBytes, through: loop) else {
            return awaitRoom(for: subscriber, through: loop)
        }
        let mayGoOn: Bool
        do {
            mayGoOn = try sendShare(to: subscriber, catchUp, through: loop, now: now)
        } catch {
            // What cannot be read now may be readable later; until then the client is better off without us.
            loop.log.write(.error, "Journal", "Missed notifications cannot be read: \(error)", at: now)
            return close(subscriber, reason: "missed notifications cannot be read", through: loop, now: now)
        }
        requestProof(from: subscriber, through: loop, now: now)
        if mayGoOn { makeReady(subscriber) }
    }

    // MARK: A share

    /// False where the client must acknowledge something first; the acknowledgement makes it ready.
    private func sendShare(
        to subscriber: Subscriber, _ catchUp: CatchUp, through loop: EventLoop, now: Moment
    ) throws(StoreError) -> Bool {
        if desk.hasLost(subscriber.user, behind: catchUp.position) {
            passGap(subscriber, catchUp, through: loop, now: now)
        }
        let place = catchUp.pass?.position ?? catchUp.position
        let end = catchUp.pass?.end.sequence ?? toldThrough
        let run = desk.notifications(
            for: subscriber.user, behind: place, through: end, countMax: Self.catchUpEntriesMax)
        var share = CatchUpShare(subscriber, epoch: epoch)
        let lookup = missedRecords ?? JournalLookup(journal, pieceBytes: 32 * 1024)
        missedRecords = lookup
        var isCut = false
        for entry in run.entries {
            guard share.bytes < loop.settings.catchUpWindowBytes else {
                isCut = true
                break
            }
            if !entry.isRead, catchUp.pass.map({ $0.priority == entry.priority }) ?? true {
                guard try send(entry, reached: catchUp.reached(by: entry), &share, lookup, through: loop) else {
                    flush(&share, through: loop)
                    return false
                }
                catchUp.pass?.remaining -= 1
            }
            if catchUp.pass == nil { catchUp.position.pass(entry) } else { catchUp.pass?.position.pass(entry) }
        }
        flush(&share, through: loop)
        if !isCut, run.isLast { finishPass(subscriber, catchUp) }
        return true
    }

    /// The index has lost what is next for a socket that was too slow. Where the urgent ones go first, some of what is
    /// told as missing may have been sent: rather that than the other way round.
    private func passGap(_ subscriber: Subscriber, _ catchUp: CatchUp, through loop: EventLoop, now: Moment) {
        let backlog = desk.backlog(
            of: subscriber.user, behind: catchUp.position, through: toldThrough,
            oldestRecord: journal.oldestSequence, now: now.wall)
        guard let backlog, let gap = backlog.gap else { return }
        send(encoded(gap), to: subscriber, through: loop)
        catchUp.position = backlog.start
        if let pass = catchUp.pass, pass.position.sequence < backlog.start.sequence {
            catchUp.pass?.position = backlog.start
        }
    }

    /// Goes on with the next priority, or with what is new.
    private func finishPass(_ subscriber: Subscriber, _ catchUp: CatchUp) {
        guard let pass = catchUp.pass else {
            subscriber.catchUp = nil
            return
        }
        switch pass.priority {
        case .urgent: catchUp.pass?.priority = .high
        case .high: catchUp.pass?.priority = .medium
        case .medium: catchUp.pass?.priority = .low
        case .low:
            catchUp.position = pass.end
            catchUp.pass = nil
            return
        }
        catchUp.pass?.position = catchUp.position
    }

    /// Puts one notification into the share; false where the client must acknowledge others before.
    ///
    /// - Parameter reached: up to where the client has everything when it has this one.
    private func send(
        _ entry: IndexedNotification, reached: UInt64, _ share: inout CatchUpShare, _ lookup: JournalLookup,
        through loop: EventLoop
    ) throws(StoreError) -> Bool {
        let subscriber = share.subscriber
        guard let record = try lookup.record(at: entry.sequence),
            let event = share.event(
                of: record.json, sequence: entry.sequence, reached: reached >= entry.sequence ? reached : nil)
        else {
            share.missing.append(entry)
            return true
        }
        flushMissing(&share, through: loop)
        replayedCount += 1
        guard subscriber.wishes.contains(.acknowledgements), case .socketIO = subscriber.channel else {
            share.append(event)
            return true
        }
        flush(&share, through: loop)
        share.pass(event)
        return sendForAcknowledgement(event, proving: reached, to: subscriber, through: loop)
    }

    /// What the journal no longer has is told as a gap, where it would have stood.
    private func flushMissing(_ share: inout CatchUpShare, through loop: EventLoop) {
        guard let gap = NotificationGap(missing: share.missing) else { return }
        share.missing = []
        share.append(encoded(gap))
    }

    private func flush(_ share: inout CatchUpShare, through loop: EventLoop) {
        flushMissing(&share, through: loop)
        guard !share.events.isEmpty else { return }
        defer { share.removeEvents() }
        switch share.subscriber.channel {
        case .webSocket(let connection): loop.sendFrames(share.frames(), to: connection)
        case .socketIO(let client):
            if loop.emit(frames: share.frames(), to: Self.socket(of: client)) { return }
            for event in share.events { send(event, to: share.subscriber, through: loop) }
        }
    }

    // MARK: Room

    func hasRoom(for subscriber: Subscriber, within bytes: Int, through loop: EventLoop) -> Bool {
        switch subscriber.channel {
        case .socketIO(let client): loop.hasRoom(for: client, within: bytes)
        case .webSocket(let connection): loop.hasRoom(on: connection, within: bytes)
        }
    }

    private func awaitRoom(for subscriber: Subscriber, through loop: EventLoop) {
        switch subscriber.channel {
        case .socketIO(let client): loop.awaitRoom(for: client)
        case .webSocket(let connection): loop.awaitRoom(on: connection)
        }
    }

    public func clientHasRoom(_ client: EngineClient) {
        if let subscriber = client.attachment as? Subscriber { makeReady(subscriber) }
    }

    public func webSocketHasRoom(_ connection: ConnectionID) {
        if let subscriber = plainSubscribers[connection] { makeReady(subscriber) }
    }
}
