import Bytes
import Domain
import Gateway
import JSON
import Platform
import Store

/// The desk with the journal under it: the only way to change anything.
///
/// Each command is decided and applied at once, and its record is staged. A commit makes the records durable beside the
/// loop; only then may anyone hear of the events, which `dequeueDurable` hands out once. So the state is ahead of what
/// is durable: `dependency` says for what an answer that shows some of it must wait.
public final class DurableDesk {
    /// The state. Only `stage` changes it.
    public let desk: Desk
    let journal: Journal
    /// The last record that the documents are known to include.
    var checkpointed: UInt64
    /// Counts the events that may change the receivers of notifications.
    private(set) var peopleVersion = 0
    /// Events applied and not announced yet.
    private var staged: [StagedEvent] = []
    private var pending = PendingChanges()
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

    /// Decides a command, stages its record and applies it. It may be answered once it is durable.
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
        pending.note(event)
    }

    // MARK: Durability

    /// The number of the last event that is durable.
    var durableSequence: UInt64 { journal.committedSequence }

    /// Writes the staged records, unless a commit is under way.
    ///
    /// - Returns: what is to be synchronized before `endCommit`; nil if there is nothing to do.
    func beginCommit() throws(StoreError) -> SyncRequest? { try journal.beginCommit() }

    /// The synchronization has ended.
    func endCommit(_ outcome: SyncOutcome) throws(StoreError) {
        switch outcome {
        case .durable: try journal.endCommit()
        case .failed(let error): try journal.endCommit(error)
        }
        pending.forget(through: durableSequence)
    }

    /// Makes all records durable here and now, where there is no loop.
    ///
    /// - Precondition: no commit is under way.
    func commit() throws(StoreError) {
        try journal.commit()
        pending.forget(through: durableSequence)
    }

    /// The part of the state that a user's notifications show.
    func inboxScope(of user: Identifier) -> StateScope {
        desk.user(user)?.role == .driver ? .inboxOfDriver(user) : .inboxOfStaff(user)
    }

    /// For what an answer must wait that shows this part of the state as it is now.
    func dependency(showing scope: StateScope) -> Dependency {
        guard desk.lastSequence > durableSequence else { return .nothing }
        return .event(pending.last(changing: scope))
    }

    /// Applies new settings to the desk.
    func configure(_ settings: DeskSettings) { desk.settings = settings }

    // MARK: Announcing

    /// Removes and returns the events that have become durable, oldest first, for announcing.
    func dequeueDurable() -> [StagedEvent] {
        guard let first = staged.first, first.event.sequence <= durableSequence else { return [] }
        guard let last = staged.last, last.event.sequence > durableSequence else {
            let events = staged
            staged.removeAll(keepingCapacity: true)
            return events
        }
        let count = staged.prefix { $0.event.sequence <= durableSequence }.count
        let events = Array(staged[..<count])
        staged.removeFirst(count)
        return events
    }

    /// An event by its number, while its record is not durable yet. O(log n).
    func stagedEvent(_ sequence: UInt64) -> Event? {
        guard let first = staged.first?.event.sequence, sequence >= first, sequence - first < UInt64(staged.count)
        else { return nil }
        // Every event has one number, and they are staged in order.
        return staged[Int(sequence - first)].event
    }

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

/// An event that has been applied and not announced.
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
        case .full(let cause) where cause.number == .readOnlyFileSystem:
            self = .insufficientStorage(
                "The data directory is on a read-only file system: the station can be read but not changed until that "
                    + "is repaired and stationd is restarted")
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
