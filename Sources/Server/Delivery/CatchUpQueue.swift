import Domain
import Gateway
import Platform
import Store

/// Sends subscribers what they missed: a little in each turn, to one after another, as fast as each reads.
///
/// A subscriber that catches up has a place in the index; records are read from the journal only when there is room to
/// send them. Once it has reached the last announced event, it hears of everything as it happens, from the same turn
/// on, so that no event is lost in between or overtakes another.
final class CatchUpQueue {
    /// Entries of the index that one turn looks at for one subscriber. This bounds how long new events wait.
    private static let entriesMax = 32

    private let durable: DurableDesk
    private let subscribers: Subscribers
    private let proofs: DeliveryProofs
    private let sentTimes: SentTimes
    /// Subscribers that can be sent more, longest first.
    private var ready: [Subscriber] = []
    /// The last place that was read from: a subscriber that catches up alone reads on from there. Nil while nobody
    /// catches up.
    private var missedRecords: JournalLookup?
    /// Notifications sent later than they happened, since the start.
    private(set) var replayedCount = 0
    /// Notifications reported as no longer kept, since the start.
    private(set) var missingCount = 0

    init(durable: DurableDesk, subscribers: Subscribers, proofs: DeliveryProofs, sentTimes: SentTimes) {
        self.sentTimes = sentTimes
        self.durable = durable
        self.subscribers = subscribers
        self.proofs = proofs
    }

    /// Whether somebody can be sent more, so that the loop must not sleep.
    var isReady: Bool { !ready.isEmpty }

    /// Queues a subscriber that can be sent more.
    func enqueue(_ subscriber: Subscriber) {
        guard let catchUp = subscriber.catchUp, !catchUp.isReady, !subscriber.isGone else { return }
        catchUp.isReady = true
        ready.append(subscriber)
    }

    /// Lets a subscriber that was sent everything before `sequence`, but has no room for more, catch up from there.
    func fallBehind(_ subscriber: Subscriber, before sequence: UInt64, through loop: EventLoop) {
        let position =
            durable.desk.position(of: subscriber.user, at: sequence - 1)
            ?? proofs.deliveredPosition(of: subscriber.user)
        guard let position else { return }
        subscriber.catchUp = CatchUp(position: position)
        subscriber.awaitRoom(through: loop)
    }

    /// The event that tells a client what is no longer kept.
    func gapEvent(_ gap: NotificationGap) -> EncodedEvent {
        missingCount += gap.count
        return .gap(gap, epoch: durable.epoch)
    }

    // MARK: A share

    /// Queues the next share of the subscriber that has waited longest.
    ///
    /// - Returns: a subscriber that cannot be served because the journal cannot be read, and why.
    func sendNextShare(through loop: EventLoop, now: Moment) -> (subscriber: Subscriber, error: StoreError)? {
        guard !ready.isEmpty else {
            missedRecords = nil
            return nil
        }
        let subscriber = ready.removeFirst()
        guard !subscriber.isGone, let catchUp = subscriber.catchUp else { return nil }
        catchUp.isReady = false
        guard subscriber.hasRoom(within: loop.settings.catchUpWindowBytes, through: loop) else {
            subscriber.awaitRoom(through: loop)
            return nil
        }
        let mayGoOn: Bool
        do {
            mayGoOn = try sendShare(to: subscriber, catchUp, through: loop, now: now)
        } catch {
            return (subscriber, error)
        }
        proofs.request(from: subscriber, through: loop, now: now)
        if mayGoOn { enqueue(subscriber) }
        return nil
    }

    /// Sends a share; false if the client must acknowledge something first, which will queue it again.
    private func sendShare(
        to subscriber: Subscriber, _ catchUp: CatchUp, through loop: EventLoop, now: Moment
    ) throws(StoreError) -> Bool {
        if durable.desk.hasLost(subscriber.user, behind: catchUp.position) {
            skipGap(of: subscriber, catchUp, through: loop, now: now)
        }
        let place = catchUp.pass?.position ?? catchUp.position
        let end = catchUp.pass?.end.sequence ?? subscribers.announcedThrough
        let run = durable.desk.notifications(
            for: subscriber.user, behind: place, through: end, countMax: Self.entriesMax)
        var share = CatchUpShare(
            subscriber, epoch: durable.epoch,
            language: durable.desk.user(subscriber.user)?.language ?? .english)
        let lookup = missedRecords ?? JournalLookup(durable.journal, pieceBytes: 32 * 1024)
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
                if !entry.isShared { sentTimes.note(entry.sequence, at: now.wall) }
            }
            if catchUp.pass == nil { catchUp.position.pass(entry) } else { catchUp.pass?.position.pass(entry) }
        }
        flush(&share, through: loop)
        if !isCut, run.isLast { subscriber.finishPass() }
        return true
    }

    /// Reports a gap to a subscriber that was so slow that the index has lost its next entries. If urgent notifications
    /// go first, some of those reported as missing may have been sent, which is better than not reporting one.
    private func skipGap(of subscriber: Subscriber, _ catchUp: CatchUp, through loop: EventLoop, now: Moment) {
        let backlog = durable.desk(at: now).backlog(
            of: subscriber.user, behind: catchUp.position, through: subscribers.announcedThrough,
            oldestRecord: durable.journal.oldestSequence)
        guard let backlog, let gap = backlog.gap else { return }
        subscriber.send(gapEvent(gap), after: .everything, through: loop)
        catchUp.position = backlog.start
        if let pass = catchUp.pass, pass.position.sequence < backlog.start.sequence {
            catchUp.pass?.position = backlog.start
        }
    }

    /// Puts one notification into the share; false where the client must acknowledge others first.
    ///
    /// - Parameter reached: the event up to which the client has everything once it has this one.
    private func send(
        _ entry: IndexedNotification, reached: UInt64, _ share: inout CatchUpShare, _ lookup: JournalLookup,
        through loop: EventLoop
    ) throws(StoreError) -> Bool {
        let subscriber = share.subscriber
        guard let record = try lookup.record(at: entry.sequence),
            let event = share.event(
                of: record.json, sequence: entry.sequence, isNote: entry.kind == .noted,
                reached: reached >= entry.sequence ? reached : nil)
        else {
            share.missing.append(entry)
            return true
        }
        flushMissing(&share)
        replayedCount += 1
        guard subscriber.mustAcknowledge else {
            share.append(event)
            return true
        }
        flush(&share, through: loop)
        share.count(event)
        return subscriber.sendForAcknowledgement(event, proving: reached, through: loop)
    }

    /// Reports notifications that the journal no longer has as a gap, in their place among the others.
    private func flushMissing(_ share: inout CatchUpShare) {
        guard let gap = NotificationGap(missing: share.missing) else { return }
        share.missing = []
        share.append(gapEvent(gap))
    }

    private func flush(_ share: inout CatchUpShare, through loop: EventLoop) {
        flushMissing(&share)
        guard !share.events.isEmpty else { return }
        defer { share.removeEvents() }
        let subscriber = share.subscriber
        if subscriber.send(frames: share.frames(), through: loop) { return }
        guard case .socketIO = subscriber.channel else { return }
        for event in share.events { subscriber.send(event, through: loop) }
    }
}

extension Subscriber {
    /// Goes on with the next priority, or with new events.
    fileprivate func finishPass() {
        guard let catchUp else { return }
        guard let pass = catchUp.pass else {
            self.catchUp = nil
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
}
