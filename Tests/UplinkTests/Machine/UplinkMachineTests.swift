import Bytes
import Generators
import Testing
import Uplink

/// When the uplink tries, what it ships and where its cursor is.
struct UplinkMachineTests {
    private typealias Extent = UplinkMachine.Extent

    private static let wall = Timestamp(milliseconds: 1_700_000_000_000)

    private static func time(_ millis: Int64) -> MonotonicTime { MonotonicTime(milliseconds: millis) }

    /// Ends the connection and opens another one.
    private static func reconnect(_ machine: inout UplinkMachine, after fault: String, at millis: Int64) {
        var generator = RepeatableGenerator(seed: 6)
        machine.disconnected(UplinkFault(fault), using: &generator, now: time(millis))
        machine.connecting(now: time(millis))
        machine.connected(now: time(millis))
    }

    /// A machine whose connection has just been opened.
    private static func connected(cursor: UInt64 = 0) -> UplinkMachine {
        var machine = UplinkMachine(cursor: cursor, now: time(0))
        machine.connecting(now: time(0))
        machine.connected(now: time(0))
        return machine
    }

    private static func event(_ machine: UplinkMachine, _ sequence: UInt64, isSnapshot: Bool = false) -> UplinkEvent {
        let place = machine.place
        return UplinkEvent(
            ordinal: place.ordinal, sequence: sequence, previous: place.previous, id: "e-\(sequence)",
            type: "support.ticket.created", isSnapshot: isSnapshot, json: [])
    }

    /// Ships each of the sequences and reads records up to the last.
    private static func ship(_ machine: inout UplinkMachine, _ sequences: [UInt64], _ journal: Extent) {
        for sequence in sequences {
            machine.shipped([event(machine, sequence)], readThrough: sequence, journal: journal)
        }
    }

    @Test func `it connects at the start and ships what follows the cursor`() throws {
        var machine = UplinkMachine(cursor: 3, now: Self.time(0))
        #expect(machine.wantsConnection(at: Self.time(0)))
        machine.connecting(now: Self.time(0))
        #expect(machine.state == .connecting)
        machine.connected(now: Self.time(5))
        let journal = Extent(first: 1, last: 6)
        machine.settle(journal)
        #expect(machine.state == .comparing)
        #expect(machine.next(journal) == nil)
        try machine.compared(.everything(through: 3), journal: journal, wall: Self.wall)
        #expect(machine.state == .shipping)
        #expect(machine.next(journal) == .records(from: 4))
        #expect(machine.place.previous == 3)
        Self.ship(&machine, [4, 6], journal)
        #expect(machine.next(journal) == nil)
        #expect(machine.state == .shipping)
        machine.stored(through: 1, journal: journal, wall: Self.wall)
        #expect(machine.cursor == 4)
        machine.stored(through: 2, journal: journal, wall: Self.wall)
        #expect(machine.cursor == 6)
        #expect(machine.state == .idle)
        let grown = Extent(first: 1, last: 7)
        machine.settle(grown)
        #expect(machine.state == .shipping)
        #expect(machine.next(grown) == .records(from: 7))
    }

    @Test func `records of the station alone are skipped`() throws {
        var machine = Self.connected()
        let journal = Extent(first: 1, last: 4)
        try machine.compared(.nothing, journal: journal, wall: Self.wall)
        machine.shipped([], readThrough: 4, journal: journal)
        #expect(machine.state == .idle)
        #expect(machine.cursor == 0)
        #expect(machine.place.previous == 0)
    }

    @Test func `the cursor moves to where the other side is`() throws {
        let journal = Extent(first: 1, last: 9)
        var machine = Self.connected(cursor: 5)
        try machine.compared(.everything(through: 8), journal: journal, wall: Self.wall)
        #expect(machine.cursor == 8)
        machine = Self.connected(cursor: 5)
        try machine.compared(.everything(through: 2), journal: journal, wall: Self.wall)
        #expect(machine.next(journal) == .records(from: 3))
        machine = Self.connected(cursor: 5)
        try machine.compared(.last(8), journal: journal, wall: Self.wall)
        #expect(machine.cursor == 5)
        machine = Self.connected(cursor: 5)
        try machine.compared(.last(2), journal: journal, wall: Self.wall)
        #expect(machine.cursor == 2)
        machine = Self.connected(cursor: 5)
        try machine.compared(.nothing, journal: journal, wall: Self.wall)
        #expect(machine.cursor == 0)
    }

    @Test func `events that the station does not have are a fault`() throws {
        var machine = Self.connected(cursor: 5)
        #expect(throws: UplinkFault.self) {
            try machine.compared(.everything(through: 10), journal: Extent(first: 1, last: 9), wall: Self.wall)
        }
        #expect(machine.cursor == 5)
    }

    @Test func `a pass replaces history that is gone`() throws {
        var machine = Self.connected(cursor: 5)
        var journal = Extent(first: 20, last: 30)
        try machine.compared(.everything(through: 5), journal: journal, wall: Self.wall)
        #expect(machine.next(journal) == .snapshots(fromTicket: 1, snapshot: 30))
        machine.shippedSnapshots([Self.event(machine, 30, isSnapshot: true)], nextTicket: 4)
        #expect(machine.next(journal) == .snapshots(fromTicket: 4, snapshot: 30))
        #expect(machine.place.previous == 5)
        // The journal grows and loses more meanwhile, but nothing after the beginning of the pass.
        journal = Extent(first: 25, last: 40)
        machine.shippedSnapshots([Self.event(machine, 30, isSnapshot: true)], nextTicket: nil)
        #expect(machine.next(journal) == .missing(through: 24, tickets: 2, snapshot: 30))
        machine.shippedMissing(Self.event(machine, 24), journal: journal)
        #expect(machine.next(journal) == .records(from: 25))
        #expect(machine.place.previous == 24)
        machine.stored(through: 2, journal: journal, wall: Self.wall)
        #expect(machine.cursor == 5)
        machine.stored(through: 3, journal: journal, wall: Self.wall)
        #expect(machine.cursor == 24)
    }

    @Test func `an interrupted pass resumes where it was`() throws {
        var machine = Self.connected(cursor: 5)
        let journal = Extent(first: 20, last: 30)
        try machine.compared(.everything(through: 5), journal: journal, wall: Self.wall)
        _ = machine.next(journal)
        machine.shippedSnapshots([Self.event(machine, 30, isSnapshot: true)], nextTicket: 4)
        machine.shippedSnapshots([Self.event(machine, 30, isSnapshot: true)], nextTicket: 9)
        machine.stored(through: 1, journal: journal, wall: Self.wall)
        Self.reconnect(&machine, after: "cut", at: 9)
        let grown = Extent(first: 22, last: 44)
        try machine.compared(.everything(through: 5), journal: grown, wall: Self.wall)
        #expect(machine.next(grown) == .snapshots(fromTicket: 4, snapshot: 30))
        machine.shippedSnapshots([Self.event(machine, 30, isSnapshot: true)], nextTicket: nil)
        #expect(machine.next(grown) == .missing(through: 21, tickets: 2, snapshot: 30))
        // If the other side has another position, the pass means nothing any more.
        Self.reconnect(&machine, after: "cut", at: 9)
        try machine.compared(.everything(through: 3), journal: grown, wall: Self.wall)
        #expect(machine.next(grown) == .snapshots(fromTicket: 1, snapshot: 44))
    }

    /// The last tickets are in flight when it turns out that there are no more. That does not make them stored.
    @Test func `tickets in flight are not stored because nothing follows`() throws {
        var machine = Self.connected(cursor: 5)
        let journal = Extent(first: 20, last: 30)
        try machine.compared(.everything(through: 5), journal: journal, wall: Self.wall)
        _ = machine.next(journal)
        machine.shippedSnapshots([Self.event(machine, 30, isSnapshot: true)], nextTicket: 4)
        machine.stored(through: 1, journal: journal, wall: Self.wall)
        machine.shippedSnapshots([Self.event(machine, 30, isSnapshot: true)], nextTicket: 9)
        machine.shippedSnapshots([], nextTicket: nil)
        #expect(machine.next(journal) == .missing(through: 19, tickets: 2, snapshot: 30))
        Self.reconnect(&machine, after: "cut", at: 9)
        try machine.compared(.everything(through: 5), journal: journal, wall: Self.wall)
        #expect(machine.next(journal) == .snapshots(fromTicket: 4, snapshot: 30))
    }

    @Test func `a pass whose end was not accepted is not started again`() throws {
        var machine = Self.connected(cursor: 5)
        let journal = Extent(first: 20, last: 30)
        try machine.compared(.everything(through: 5), journal: journal, wall: Self.wall)
        _ = machine.next(journal)
        machine.shippedSnapshots([Self.event(machine, 30, isSnapshot: true)], nextTicket: nil)
        machine.stored(through: 1, journal: journal, wall: Self.wall)
        machine.shippedMissing(Self.event(machine, 19), journal: journal)
        #expect(machine.next(journal) == .records(from: 20))
        Self.reconnect(&machine, after: "no room (503)", at: 9)
        try machine.compared(.everything(through: 5), journal: journal, wall: Self.wall)
        #expect(machine.next(journal) == .missing(through: 19, tickets: 1, snapshot: 30))
        machine.shippedMissing(Self.event(machine, 19), journal: journal)
        machine.stored(through: machine.place.ordinal - 1, journal: journal, wall: Self.wall)
        #expect(machine.cursor == 19)
        // Once its end is stored, the pass is over, and shipping resumes from the journal.
        Self.reconnect(&machine, after: "cut", at: 19)
        try machine.compared(.everything(through: 19), journal: journal, wall: Self.wall)
        #expect(machine.next(journal) == .records(from: 20))
    }

    @Test func `records of the station alone are read once`() throws {
        var generator = RepeatableGenerator(seed: 6)
        var machine = Self.connected(cursor: 5)
        let journal = Extent(first: 1, last: 9)
        try machine.compared(.everything(through: 5), journal: journal, wall: Self.wall)
        machine.shipped([], readThrough: 9, journal: journal)
        #expect(machine.backlogCount(journal) == 0)
        try machine.compared(.everything(through: 5), journal: journal, wall: Self.wall)
        #expect(machine.state == .idle)
        machine.disconnected(UplinkFault("cut"), using: &generator, now: Self.time(9))
        #expect(machine.backlogCount(journal) == 0)
        #expect(machine.backlogCount(Extent(first: 1, last: 11)) == 2)
        machine.connecting(now: Self.time(9))
        machine.connected(now: Self.time(9))
        // That holds even if the journal has let go of them, because no history is missing.
        let retired = Extent(first: 8, last: 11)
        try machine.compared(.everything(through: 5), journal: retired, wall: Self.wall)
        #expect(machine.next(retired) == .records(from: 10))
        // From an earlier position they must be read again.
        try machine.compared(.everything(through: 4), journal: journal, wall: Self.wall)
        #expect(machine.next(journal) == .records(from: 5))
    }

    @Test func `a memory that lets go of old events is not an empty one`() throws {
        let journal = Extent(first: 1, last: 9)
        var machine = Self.connected(cursor: 5)
        try machine.compared(.nothing, isKnown: true, journal: journal, wall: Self.wall)
        #expect(machine.cursor == 5)
        machine = Self.connected(cursor: 5)
        try machine.compared(.nothing, isKnown: false, journal: journal, wall: Self.wall)
        #expect(machine.cursor == 0)
    }

    @Test func `a pass that the journal overtakes is followed by another`() throws {
        var machine = Self.connected(cursor: 5)
        var journal = Extent(first: 20, last: 30)
        try machine.compared(.everything(through: 5), journal: journal, wall: Self.wall)
        _ = machine.next(journal)
        machine.shippedSnapshots([], nextTicket: nil)
        journal = Extent(first: 50, last: 60)
        #expect(machine.next(journal) == .missing(through: 30, tickets: 0, snapshot: 30))
        machine.shippedMissing(Self.event(machine, 30), journal: journal)
        #expect(machine.next(journal) == nil)
        machine.stored(through: 1, journal: journal, wall: Self.wall)
        #expect(machine.next(journal) == .snapshots(fromTicket: 1, snapshot: 60))
    }

    @Test func `a station with an empty journal sends its tickets`() throws {
        var machine = Self.connected()
        let journal = Extent(first: 101, last: 100)
        try machine.compared(.nothing, journal: journal, wall: Self.wall)
        #expect(machine.next(journal) == .snapshots(fromTicket: 1, snapshot: 100))
        machine.shippedSnapshots([], nextTicket: nil)
        #expect(machine.next(journal) == .missing(through: 100, tickets: 0, snapshot: 100))
    }

    @Test func `a rewind goes back, and a circle is a fault`() throws {
        var machine = Self.connected()
        let journal = Extent(first: 1, last: 9)
        try machine.compared(.nothing, journal: journal, wall: Self.wall)
        for _ in 0..<3 {
            Self.ship(&machine, [1, 2, 3], journal)
            try machine.rewound(to: 0, journal: journal)
            #expect(machine.next(journal) == .records(from: 1))
        }
        Self.ship(&machine, [1], journal)
        #expect(throws: UplinkFault.self) { try machine.rewound(to: 0, journal: journal) }
    }

    @Test func `ordinals from before a rewind are ignored`() throws {
        var machine = Self.connected()
        let journal = Extent(first: 1, last: 9)
        try machine.compared(.nothing, journal: journal, wall: Self.wall)
        Self.ship(&machine, [1, 2, 3], journal)
        try machine.rewound(to: 0, journal: journal)
        machine.stored(through: 3, journal: journal, wall: Self.wall)
        #expect(machine.cursor == 0)
        Self.ship(&machine, [1], journal)
        machine.stored(through: 4, journal: journal, wall: Self.wall)
        #expect(machine.cursor == 1)
    }

    // MARK: When

    /// The waits between `count` failures in a row.
    private static func waits(_ count: Int, _ remedy: UplinkFault.Remedy, seed: UInt64) -> [Int64] {
        var generator = RepeatableGenerator(seed: seed)
        var machine = UplinkMachine(cursor: 0, now: time(0))
        var now: Int64 = 0
        var waits: [Int64] = []
        for _ in 0..<count {
            machine.connecting(now: time(now))
            machine.disconnected(UplinkFault("no route", remedy), using: &generator, now: time(now))
            guard let due = machine.deadline else { break }
            waits.append(due.milliseconds - now)
            now = due.milliseconds
            #expect(machine.wantsConnection(at: due))
            #expect(!machine.wantsConnection(at: time(due.milliseconds - 1)) || waits.last == 0)
        }
        return waits
    }

    @Test func `waits grow exponentially with full jitter`() {
        var sums = [Int64](repeating: 0, count: 14)
        for seed in 0..<200 {
            let waits = Self.waits(14, .backOff, seed: UInt64(seed))
            for (index, wait) in waits.enumerated() {
                #expect((0...min(300_000, 1_000 << Int64(index))).contains(wait))
                sums[index] += wait
            }
        }
        // The mean of a uniform wait is half of its bound.
        for (index, sum) in sums.enumerated() {
            let half = Double(min(300_000, 1_000 << Int64(index))) / 2
            #expect(abs(Double(sum) / 200 - half) < half / 4, "wait \(index)")
        }
    }

    @Test func `the time that a server asks for is respected`() {
        // Never sooner, and up to half as much later, so that not all stations come at the same time.
        let waits = Self.waits(20, .waitSeconds(17), seed: 1)
        for wait in waits { #expect((17_000...25_500).contains(wait)) }
        #expect(Set(waits).count > 10)
        #expect((86_400_000...129_600_000).contains(Self.waits(1, .waitSeconds(.max), seed: 1)[0]))
        #expect(Self.waits(1, .waitSeconds(-5), seed: 1) == [0])
    }

    @Test func `a fault that needs an operator is retried seldom`() {
        for wait in Self.waits(50, .intervention, seed: 2) { #expect((150_000...300_000).contains(wait)) }
    }

    @Test func `a server that does not want us is left alone`() {
        var generator = RepeatableGenerator(seed: 3)
        var machine = Self.connected()
        machine.disconnected(UplinkFault("removed (410)", .stop), using: &generator, now: Self.time(0))
        #expect(machine.state == .stopped)
        #expect(machine.deadline == nil)
        #expect(!machine.wantsConnection(at: Self.time(.max)))
        #expect(machine.lastFault?.message == "removed (410)")
        machine.tryNow(Self.time(9))
        #expect(machine.wantsConnection(at: Self.time(9)))
    }

    @Test func `a useful connection is followed by another at once`() throws {
        var generator = RepeatableGenerator(seed: 5)
        var machine = Self.connected()
        let journal = Extent(first: 1, last: 2)
        try machine.compared(.nothing, journal: journal, wall: Self.wall)
        Self.ship(&machine, [1], journal)
        machine.stored(through: 1, journal: journal, wall: Self.wall)
        machine.disconnected(UplinkFault("closed", .waitSeconds(0)), using: &generator, now: Self.time(10))
        #expect(machine.wantsConnection(at: Self.time(10)))
        #expect(machine.lastFault == nil)
        // If the server keeps closing with nothing stored, the waits grow.
        var waited: Int64 = 0
        var now: Int64 = 10
        for _ in 0..<20 {
            machine.connecting(now: Self.time(now))
            machine.connected(now: Self.time(now))
            try machine.compared(.everything(through: 1), journal: journal, wall: Self.wall)
            machine.disconnected(UplinkFault("closed", .waitSeconds(0)), using: &generator, now: Self.time(now))
            let due = try #require(machine.deadline)
            waited += due.milliseconds - now
            now = due.milliseconds
        }
        #expect(waited > 60_000)
    }
}
