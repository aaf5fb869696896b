import Bytes
import Domain
import Gateway
import JSON
import Platform
import Store

/// The desk with the journal under it: the only way to change anything.
///
/// Within a turn, commands are decided and applied at once and their records staged. `commit` makes the records
/// durable; only then may anyone hear of them, and `dequeueStaged` hands them out, once.
public final class DurableDesk {
    /// The state. Only `stage` changes it.
    public let desk: Desk
    let journal: Journal
    /// The record up to which the documents are known to be up to date.
    var checkpointed: UInt64
    /// Counts the events that may change who hears of what.
    private(set) var peopleVersion = 0
    /// Events that were applied in this turn and have not been announced.
    private var staged: [StagedEvent] = []
    private let journalBytesMax: Int

    init(desk: Desk, journal: Journal, checkpointed: UInt64, journalBytesMax: Int) {
        self.desk = desk
        self.journal = journal
        self.checkpointed = checkpointed
        self.journalBytesMax = journalBytesMax
    }

    /// The name of this data directory's sequences.
    var epoch: String { journal.epoch }

    // MARK: Changing

    /// Decides a command, stages its record and applies it. It is durable, and may be answered, after the turn's
    /// commit.
    ///
    /// - Parameter origin: the socket that it came by, which need not be told what it did itself.
    @discardableResult
    func execute(
        _ command: Command, by caller: Caller, origin: RandomName? = nil, now: Moment
    ) throws(Refusal) -> Decision {
        let decision = try desk.decide(command, by: caller, now: now.wall)
        if case .event(let event) = decision { try stage(event, record: event.record(), origin: origin) }
        return decision
    }

    /// The same for a command to the fleet itself.
    @discardableResult
    func execute(_ command: FleetAdministration, by caller: Caller, now: Moment) throws(Refusal) -> Decision {
        let decision = try desk.decide(command, by: caller, epoch: epoch, now: now.wall)
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

    /// Puts new settings of the desk into force.
    func configure(_ settings: DeskSettings) { desk.settings = settings }

    // MARK: Announcing

    /// The events of this turn, oldest first, which are thereby handed over to be announced.
    func dequeueStaged() -> [StagedEvent] {
        guard !staged.isEmpty else { return [] }
        let events = staged
        staged.removeAll(keepingCapacity: true)
        return events
    }

    /// An event of this turn, which has no committed record yet.
    func stagedEvent(_ sequence: UInt64) -> Event? { staged.first { $0.event.sequence == sequence }?.event }

    // MARK: Room in the journal

    /// Refuses a record that would need one more segment than `journal_bytes_max` allows: nothing can be dropped before
    /// the documents have it.
    private func requireRoom(forRecordOf bytes: Int) throws(Refusal) {
        guard !journal.hasRoom(forRecordOf: bytes), isJournalAtLimit else { return }
        guard let end = journal.oldestSegmentEnd, end <= checkpointed else {
            throw .insufficientStorage(
                "The journal has reached limits.journal_bytes_max: the station can be read but not changed for a moment"
            )
        }
        // The oldest segment goes at the upkeep after the next commit; until then there is one segment more.
    }

    /// Whether one more segment would exceed the limit.
    var isJournalAtLimit: Bool { journal.bytes > journalBytesMax - journal.limits.segmentBytes }

    /// Whether half of the journal is not in the documents yet. The members of a fleet must wait then: what they have
    /// can come later, what people do here cannot.
    var isBacklogLong: Bool { journal.bytes(above: checkpointed) > journalBytesMax / 2 }
}

/// An event of this turn.
struct StagedEvent {
    let event: Event
    /// The socket whose user caused it.
    let origin: RandomName?
    /// Whether there is anything to tell.
    let isNews: Bool
    /// Commands to members of the fleet whose outcome the event brings.
    let finishedCommands: [FleetCommand]
}

extension Refusal {
    /// What a client is told where the store has no room.
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
