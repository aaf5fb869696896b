import Bytes
import Domain
import Gateway
import JSON
import Platform
import Store

/// The desk with the journal under it: the only way to change anything.
///
/// Within a turn, each command is decided and applied at once, and its record is staged. `commit` makes the records
/// durable; only then may anyone hear of the events, which `dequeueStaged` hands out once.
public final class DurableDesk {
    /// The state. Only `stage` changes it.
    public let desk: Desk
    let journal: Journal
    /// The last record that the documents are known to include.
    var checkpointed: UInt64
    /// Counts the events that may change the receivers of notifications.
    private(set) var peopleVersion = 0
    /// Events applied in this turn and not announced yet.
    private var staged: [StagedEvent] = []
    private let journalBytesMax: Int
    private let startedAt: MonotonicTime
    /// How long the station had run before this start, as far as that was noted, in milliseconds.
    private let runBefore: Int64

    init(desk: Desk, journal: Journal, checkpointed: UInt64, journalBytesMax: Int, now: MonotonicTime) {
        self.desk = desk
        self.journal = journal
        self.checkpointed = checkpointed
        self.journalBytesMax = journalBytesMax
        startedAt = now
        runBefore = desk.running
    }

    /// The name of this data directory's sequences.
    var epoch: String { journal.epoch }

    /// The state, for decisions and queries at `now` that depend on how old something is.
    func desk(at now: Moment) -> Desk {
        desk.advance(toRunning: runBefore + max(0, now.monotonic.milliseconds(since: startedAt)))
        return desk
    }

    // MARK: Changing

    /// Decides a command, stages its record and applies it. It is durable, and may be answered, after the turn's
    /// commit.
    ///
    /// - Parameter origin: the socket that the command came by, which need not be told what it did itself.
    @discardableResult
    func execute(
        _ command: Command, by caller: Caller, origin: RandomName? = nil, now: Moment
    ) throws(Refusal) -> Decision {
        let decision = try desk(at: now).decide(command, by: caller, now: now.wall)
        if case .event(let event) = decision { try stage(event, record: event.record(), origin: origin) }
        return decision
    }

    /// Decides a command about the fleet itself, stages its record and applies it.
    @discardableResult
    func administer(_ command: FleetAdministration, by caller: Caller, now: Moment) throws(Refusal) -> Decision {
        let decision = try desk(at: now).decide(command, by: caller, epoch: epoch, now: now.wall)
        if case .event(let event) = decision { try stage(event, record: event.record()) }
        return decision
    }

    /// Stages an event that was decided, and applies it.
    func stage(_ event: Event, record: [UInt8], origin: RandomName? = nil) throws(Refusal) {
        try requireRoom(forRecordOf: record.count)
        do {
            try journal.append(record)
        } catch {
            throw Refusal(error)
        }
        let staged = StagedEvent(
            event: event, origin: origin, isNews: desk.isNews(event),
            finishedCommands: desk.fleetCommands(finishedBy: event))
        desk.apply(event)
        if event.concernsUsers { peopleVersion += 1 }
        self.staged.append(staged)
    }

    /// Makes the turn's records durable.
    func commit() throws(StoreError) { try journal.commit() }

    /// Applies new settings to the desk.
    func configure(_ settings: DeskSettings) { desk.settings = settings }

    // MARK: Announcing

    /// Removes and returns the events of this turn, oldest first, for announcing.
    func dequeueStaged() -> [StagedEvent] {
        guard !staged.isEmpty else { return [] }
        let events = staged
        staged.removeAll(keepingCapacity: true)
        return events
    }

    /// An event of this turn by its number, while its record is not committed yet.
    func stagedEvent(_ sequence: UInt64) -> Event? { staged.first { $0.event.sequence == sequence }?.event }

    // MARK: Room in the journal

    /// Refuses a record that would need one more segment than `journal_bytes_max` allows: no record can be dropped
    /// before the documents include it.
    private func requireRoom(forRecordOf bytes: Int) throws(Refusal) {
        guard !journal.hasRoom(forRecordOf: bytes), isJournalAtLimit else { return }
        guard let end = journal.oldestSegmentEnd, end <= checkpointed else {
            throw .insufficientStorage(
                "The journal has reached limits.journal_bytes_max: the station can be read but not changed for a moment"
            )
        }
        // Upkeep drops the oldest segment after the next commit; until then there is one segment more.
    }

    /// Whether one more segment would exceed the limit.
    var isJournalAtLimit: Bool { journal.bytes > journalBytesMax - journal.limits.segmentBytes }

    /// Whether half of the journal is not in the documents yet. Then the members of a fleet must wait: their events can
    /// come later, but what people do here cannot.
    var isBacklogLong: Bool { journal.bytes(above: checkpointed) > journalBytesMax / 2 }
}

/// An event of this turn.
struct StagedEvent {
    let event: Event
    /// The socket whose user caused it.
    let origin: RandomName?
    /// Whether there is anything to announce.
    let isNews: Bool
    /// The commands to members of the fleet whose outcome the event reports.
    let finishedCommands: [FleetCommand]
}

extension Refusal {
    /// The answer to a client whose change the store has refused.
    init(_ error: StoreError) {
        switch error {
        case .recordTooLarge:
            self = .unprocessable("The change is too large to be stored")
        case .full(let cause) where !cause.number.isLackOfSpace:
            self = .insufficientStorage(
                "The journal cannot get its next segment: the station can be read but not changed until it does "
                    + "(\(cause))")
        case .numbersUsedUp:
            self = .insufficientStorage(
                "The journal has used up its sequence numbers: the station can be read but not changed until its data "
                    + "directory is repaired, see /readyz")
        default:
            self = .insufficientStorage(
                "The station's disk is full: it can be read but not changed until there is space again")
        }
    }
}
