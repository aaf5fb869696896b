import Bytes
import Uplink

/// A lane's owner, as a station is one: it compares, ships what its journal has, follows rewinds and acknowledges
/// commands. It checks the promises of the lane and of the machine.
struct UplinkOwner<Lane: UplinkLane> {
    var lane: Lane
    var now = MonotonicTime(milliseconds: 0)
    /// The last bytes that the lane has sent.
    private(set) var output: [UInt8] = []
    private(set) var commandCount = 0
    private(set) var hasFailed = false
    private var isDropped = false
    private var machine: UplinkMachine
    private var journal: UplinkMachine.Extent
    private var remote: String?
    private var stored: UInt64 = 0
    private var open: [UInt64] = []
    private var generator = FuzzGenerator(seed: 7)

    static var wall: Timestamp { Timestamp(milliseconds: 1_736_678_000_000) }

    /// Creates an owner whose journal has recorded twelve events.
    ///
    /// - Parameter first: the sequence number of the first event that the journal still has.
    init(_ lane: Lane, first: UInt64) {
        self.lane = lane
        journal = UplinkMachine.Extent(first: first, last: 12)
        machine = UplinkMachine(cursor: 0, now: now)
        machine.connecting(now: now)
        machine.connected(now: now)
        settle()
    }

    mutating func receive(_ bytes: [UInt8]) {
        lane.setTime(Self.wall)
        lane.receive(bytes.span, now: now)
        settle()
    }

    mutating func end() {
        lane.inputClosed(now: now)
        settle()
    }

    mutating func grow() { journal.last += 1 }

    /// Acknowledges the oldest open command.
    mutating func acknowledge() {
        guard !open.isEmpty else { return }
        lane.acknowledge(open.removeFirst(), now: now)
        settle()
    }

    mutating func wait(millis: Int64) {
        now = now.advanced(byMilliseconds: millis)
        var rounds = 0
        while let deadline = lane.deadline, deadline <= now, rounds < 100 {
            lane.expire(now: now)
            settle()
            rounds += 1
        }
        expect(rounds < 100, "a deadline that has been met is not set again for the same time")
    }

    /// Ships the next events, as many as there is room for.
    mutating func ship() {
        machine.settle(journal)
        guard !hasFailed, let room = lane.room, let next = machine.next(journal) else { return }
        expect(room.count > 0 && room.bytes > 0, "room is never empty")
        let place = machine.place
        var events: [UplinkEvent] = []
        switch next {
        case .records(let first):
            expect(first >= 1 && first <= journal.last && first >= journal.first, "the journal has the next records")
            let last = min(journal.last, first + UInt64(min(room.count, 4)) - 1)
            for sequence in first...last where !sequence.isMultiple(of: 5) {
                let previous = events.last?.sequence ?? place.previous
                events.append(event(place.ordinal + UInt64(events.count), sequence, previous, "\(sequence)"))
            }
            machine.shipped(events, readThrough: last, journal: journal)
        case .snapshots(let ticket, let snapshot):
            expect(ticket <= 4, "a pass ships each ticket once")
            for ticket in ticket..<min(4, ticket + UInt32(min(room.count, 2))) {
                let ordinal = place.ordinal + UInt64(events.count)
                events.append(event(ordinal, snapshot, place.previous, "\(snapshot).\(ticket)", isSnapshot: true))
            }
            let following = ticket + UInt32(events.count)
            machine.shippedSnapshots(events, nextTicket: following < 4 ? following : nil)
        case .missing(let through, let tickets, _):
            expect(tickets <= 3, "a pass counts the tickets that it ships")
            events = [event(place.ordinal, through, place.previous, "\(through).missing")]
            machine.shippedMissing(events[0], journal: journal)
        }
        guard !events.isEmpty else { return }
        lane.setTime(Self.wall)
        lane.ship(events, now: now)
        settle()
    }

    private func event(
        _ ordinal: UInt64, _ sequence: UInt64, _ previous: UInt64, _ suffix: String, isSnapshot: Bool = false
    ) -> UplinkEvent {
        UplinkEvent(
            ordinal: ordinal, sequence: sequence, previous: previous, id: "e-1-\(suffix)",
            type: "support.ticket.updated", isSnapshot: isSnapshot, json: [UInt8]("{\"id\":\"e-1-\(suffix)\"}"))
    }

    private mutating func settle() {
        while !isDropped, let event = lane.nextEvent() {
            expect(!hasFailed, "a fault is the last event: \(event)")
            do throws(UplinkFault) {
                try handle(event)
            } catch {
                // A fault of the lane is its last event; one of the machine ends the connection.
                if case .failed = event {} else { isDropped = true }
                fail(error)
            }
        }
        lane.drainOutput(into: &output)
        if output.count > 1 << 16 { output.removeFirst(output.count - 1 << 12) }
        expect(machine.cursor <= journal.last, "the cursor is not after the journal's end")
        _ = machine.backlogCount(journal)
    }

    private mutating func handle(_ event: UplinkLaneEvent) throws(UplinkFault) {
        switch event {
        case .compared(let position):
            let isKnown = lane.remoteName != nil && lane.remoteName == remote
            _ = lane.remoteMark.map(UplinkMachine.foreign)
            try machine.compared(position, isKnown: isKnown, journal: journal, wall: Self.wall)
            remote = lane.remoteName
        case .stored(let through):
            expect(through < machine.place.ordinal, "only events that were sent are stored")
            stored = max(stored, through)
            machine.stored(through: through, journal: journal, wall: Self.wall)
        case .rewound(let sequence): try machine.rewound(to: sequence, journal: journal)
        case .announced, .warned: break
        case .halved(let sequence): machine.shipAgain(behind: sequence, journal: journal)
        case .delivered(let delivery):
            commandCount += 1
            open.append(delivery.number)
            expect(open.count <= 1_000, "open commands are within their limit")
        case .failed(let fault): throw fault
        }
    }

    private mutating func fail(_ fault: UplinkFault) {
        hasFailed = true
        machine.disconnected(fault, using: &generator, now: now)
        expect(!fault.message.isEmpty, "a fault has a message")
    }
}
