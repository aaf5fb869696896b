import Simulation
import Testing

/// The checker objects to what it must, and to nothing else.
@Suite struct DeliveryCheckerTests {
    private typealias Connection = DeliveryHistory.Connection
    private typealias Receipt = DeliveryHistory.Receipt

    /// Events 10, 20, … 60: each is asked for, and answered, at its number times ten.
    private static let writes = [10, 20, 30, 40, 50, 60].map {
        DeliveryHistory.Write(subject: "event \($0)", begun: $0 * 10, answered: $0 * 10 + 5)
    }

    /// A connection that receives each number a little after all events; a negative one as replayed.
    private func connection(
        began: UInt64, connected: UInt64? = nil, digest: Int? = nil, at: UInt64, _ numbers: Int...
    ) -> Connection {
        let receipts = numbers.enumerated().map { index, number in
            Receipt(
                sequence: UInt64(abs(number)), subject: "event \(abs(number))", isReplayed: number < 0,
                at: at + UInt64(index))
        }
        return Connection(began: began, connected: connected ?? began + 1, digestCount: digest, receipts: receipts)
    }

    private func objections(
        _ connections: Connection..., read: [ClosedRange<UInt64>] = [], digestAbove: Int = 100
    ) -> [DeliveryChecker.Objection] {
        let history = DeliveryHistory(
            writes: Self.writes, connections: connections, read: read, digestAbove: digestAbove)
        return DeliveryChecker.objections(to: history)
    }

    @Test func `a good history is good`() {
        #expect(objections(connection(began: 1, at: 700, 10, 20, 30, 40, 50, 60)) == [])
        #expect(
            objections(
                connection(began: 1, at: 206, 10, 20), connection(began: 310, at: 700, -10, -20, -30, 40, 50, 60)) == []
        )
        // What was proven does not come again, and what came twice may come a third time.
        #expect(
            objections(
                connection(began: 1, at: 310, 10, 20, 30), connection(began: 320, at: 330, -30),
                connection(began: 610, at: 620, -30, -40, -50, -60)) == [])
        // Two sockets at the same time both have it live.
        #expect(
            objections(
                connection(began: 1, at: 700, 10, 20, 30, 40, 50, 60),
                connection(began: 2, at: 700, 10, 20, 30, 40, 50, 60)) == [])
        // A connection that was cut before it had everything.
        #expect(
            objections(
                connection(began: 610, digest: 6, at: 620, -10, -20),
                connection(began: 630, digest: 6, at: 640, -10, -20, -30, -40, -50, -60), digestAbove: 5) == [])
    }

    /// One that is told of what it misses.
    private func toldOfGap(_ gap: ClosedRange<UInt64>, _ connection: Connection) -> Connection {
        var connection = connection
        connection.gaps = [gap]
        return connection
    }

    @Test func `what is within a gap may be missing`() {
        let told = toldOfGap(15...30, connection(began: 610, at: 620, -40, -50, -60))
        #expect(objections(connection(began: 1, at: 110, 10), told) == [])
        // But nothing else, and not before it was told.
        #expect(
            objections(connection(began: 1, at: 110, 10), toldOfGap(45...46, told))
                == [.missing(subject: "event 20"), .missing(subject: "event 30")])
        #expect(
            objections(
                connection(began: 1, at: 606, 10, 20, 30, 40, 50, 60), connection(began: 2, at: 607, 40, 50, 60), told
            )
            .contains(.passedOver(sequence: 20, connection: 1)))
        #expect(
            objections(
                connection(began: 1, at: 700, 10, 30, 40, 50, 60), toldOfGap(20...20, connection(began: 2, at: 800)))
                == [])
        #expect(
            objections(connection(began: 1, at: 700, 10, 20, 30, 40, 50, 60), connection(began: 2, at: 701, 10, 30))
                == [.skipped(sequence: 20, connection: 1)])
    }

    @Test func `who is there all the time hears of everything`() {
        var present = connection(began: 1, at: 700, 10, 20, 30, 40, 50, 60)
        present.isCurrent = true
        var deaf = connection(began: 2, at: 700, 10, 20)
        #expect(objections(present, deaf) == [])
        deaf.isCurrent = true
        #expect(
            objections(present, deaf)
                == [30, 40, 50, 60].map { .unheard(subject: "event \($0)", connection: 1) })
        #expect(
            objections(present, deaf, read: [35...50])
                == [30, 60].map { .unheard(subject: "event \($0)", connection: 1) })
        // What was asked for before it was there may have gone to others.
        var late = connection(began: 550, at: 720, 60)
        late.isCurrent = true
        #expect(objections(present, late) == [])
    }

    @Test func `what was read need not come again`() {
        var history = DeliveryHistory(writes: Self.writes)
        history.connections = [
            connection(began: 1, at: 604, 10, 20, 30, 40, 50, 60), connection(began: 610, at: 620, -30, -60),
        ]
        #expect(DeliveryChecker.objections(to: history).count == 2)
        history.read = [0...20, 40...50]
        #expect(DeliveryChecker.objections(to: history) == [])
    }

    @Test func `the urgent come first where that was asked for`() {
        func urgent(_ connection: Connection, _ urgencies: Int...) -> Connection {
            var connection = connection
            connection.urgentFirst = true
            connection.receipts = zip(connection.receipts, urgencies).map { receipt, urgency in
                Receipt(
                    sequence: receipt.sequence, subject: receipt.subject, isReplayed: receipt.isReplayed,
                    at: receipt.at, urgency: urgency)
            }
            return connection
        }
        let all = connection(began: 1, at: 606, 10, 20, 30, 40, 50, 60)
        #expect(
            objections(all, urgent(connection(began: 310, at: 604, -20, -10, -30, 40, 50, 60), 3, 0, 0, 3, 0, 3)) == [])
        #expect(
            objections(all, urgent(connection(began: 310, at: 604, -10, -20, -30, 40, 50, 60), 0, 3, 0, 0, 0, 0))
                == [.notByUrgency(sequence: 20, connection: 1)])
        #expect(
            objections(all, urgent(connection(began: 310, at: 604, -20, -10, -30, 40, 50, 60), 0, 0, 0, 0, 0, 0))
                == [.notByUrgency(sequence: 10, connection: 1)])
        // Cut before its end it proves nothing; with something live behind it, all must be there.
        #expect(objections(all, urgent(connection(began: 310, at: 604, -20), 3)) == [])
        #expect(
            objections(all, urgent(connection(began: 310, at: 604, -20, 40, 50, 60), 3, 0, 0, 0))
                .contains(.skipped(sequence: 30, connection: 1)))
    }

    @Test func `an unanswered request may have happened or not`() {
        var history = DeliveryHistory(writes: Self.writes)
        history.writes[2].answered = nil
        history.connections = [connection(began: 1, at: 700, 10, 20, 30, 40, 50, 60)]
        #expect(DeliveryChecker.objections(to: history) == [])
        history.connections = [connection(began: 1, at: 700, 10, 20, 40, 50, 60)]
        #expect(DeliveryChecker.objections(to: history) == [])
    }

    @Test func `a hole is found`() {
        #expect(
            objections(connection(began: 1, at: 700, 10, 20, 40, 50, 60)) == [.missing(subject: "event 30")])
        // It arrives in the end, but one connection jumped over it.
        #expect(
            objections(
                connection(began: 1, at: 700, 10, 20, 40),
                connection(began: 710, at: 720, -30, -40, -50, -60)) == [.skipped(sequence: 30, connection: 0)])
        // The station took for delivered what nobody had received yet.
        #expect(
            objections(
                connection(began: 1, at: 206, 10, 20), connection(began: 407, at: 702, -40, 50, 60),
                connection(began: 710, at: 720, -30, -40, -50, -60)) == [.passedOver(sequence: 30, connection: 1)])
        #expect(objections() == Self.writes.map { .missing(subject: $0.subject) })
    }

    @Test func `a swap is found`() {
        #expect(
            objections(connection(began: 1, at: 700, 10, 20, 40, 30, 50, 60))
                == [.notRising(from: 40, to: 30, connection: 0)])
        #expect(
            objections(
                connection(began: 210, at: 700, -10, 30, -20, 40, 50, 60))
                == [
                    .notRising(from: 30, to: 20, connection: 0), .replayedBehindLive(sequence: 20, connection: 0),
                ])
    }

    @Test func `a repetition within a connection is found`() {
        #expect(
            objections(connection(began: 1, at: 700, 10, 20, 20, 30, 40, 50, 60))
                == [.repeated(sequence: 20, connection: 0)])
        #expect(
            objections(connection(began: 310, at: 700, -10, -20, -30, -20, 40, 50, 60))
                == [.repeated(sequence: 20, connection: 0)])
    }

    @Test func `an unmarked duplicate is found`() {
        let first = connection(began: 1, at: 310, 10, 20, 30)
        #expect(
            objections(first, connection(began: 320, at: 700, 30, 40, 50, 60))
                == [.unmarkedDuplicate(sequence: 30, connection: 1)])
        // Nobody had it, but it was before the connection.
        #expect(
            objections(first, connection(began: 410, at: 700, 40, 50, 60))
                == [.unmarkedReplay(sequence: 40, connection: 1)])
        // Between the beginning and the end of connecting it may be either.
        #expect(objections(first, connection(began: 399, connected: 410, at: 700, 40, 50, 60)) == [])
        #expect(objections(first, connection(began: 399, connected: 410, at: 700, -40, 50, 60)) == [])
    }

    @Test func `a wrong mark is found`() {
        #expect(
            objections(connection(began: 1, at: 700, -10, 20, 30, 40, 50, 60))
                == [.liveMarkedAsReplayed(sequence: 10, connection: 0)])
    }

    @Test func `a wrong resumption is found`() {
        let other = connection(began: 1, at: 610, 10, 20, 30, 40, 50, 60)
        var resumed = connection(began: 700, at: 710, -30, -40, -50, -60)
        resumed.offset = 20
        #expect(objections(other, resumed) == [])
        resumed.offset = 10
        #expect(objections(other, resumed) == [.passedOverByOffset(sequence: 20, connection: 1)])
        resumed.offset = 30
        #expect(objections(other, resumed) == [.notBehindOffset(sequence: 30, connection: 1)])
    }

    @Test func `two numbers or two subjects are found`() {
        var twice = connection(began: 1, at: 700, 10, 20, 30, 40, 50, 60)
        twice.receipts.append(Receipt(sequence: 70, subject: "event 60", isReplayed: false, at: 800))
        #expect(objections(twice) == [.twoNumbers(subject: "event 60", 60, 70)])
        var other = connection(began: 710, at: 720, -50)
        other.receipts.append(Receipt(sequence: 60, subject: "event 10", isReplayed: true, at: 730))
        #expect(
            Set(objections(connection(began: 1, at: 700, 10, 20, 30, 40, 50, 60), other))
                == [.twoSubjects(sequence: 60, "event 60", "event 10"), .twoNumbers(subject: "event 10", 10, 60)])
    }

    @Test func `what nobody asked for is found`() {
        var history = DeliveryHistory(writes: Self.writes)
        history.writes.removeLast()
        history.connections = [connection(began: 1, at: 700, 10, 20, 30, 40, 50, 60)]
        #expect(DeliveryChecker.objections(to: history) == [.unknown(subject: "event 60", connection: 0)])
    }

    @Test func `a wrong digest is found`() {
        let (began, at) = (UInt64(410), UInt64(700))
        #expect(objections(connection(began: began, digest: 4, at: at, -10, -20, -30, -40, 50, 60)) == [])
        #expect(
            objections(connection(began: began, digest: 3, at: at, -10, -20, -30, -40, 50, 60))
                == [.digestTooSmall(announced: 3, replayed: 4, connection: 0)])
        #expect(
            objections(connection(began: began, digest: 5, at: at, -10, -20, -30, -40, 50, 60))
                == [.digestTooLarge(announced: 5, replayed: 4, connection: 0)])
        #expect(
            objections(connection(began: began, at: at, -10, -20, -30, -40, 50, 60), digestAbove: 3)
                == [.noDigest(replayed: 4, connection: 0)])
    }

    @Test func `connections that were looked at earlier are left alone`() {
        let history = DeliveryHistory(
            writes: Self.writes,
            connections: [
                connection(began: 1, at: 700, 10, 20, 40, 30, 50, 60), connection(began: 710, at: 720, -60),
            ])
        #expect(DeliveryChecker.objections(to: history, fromConnection: 1) == [])
        #expect(DeliveryChecker.objections(to: history).count == 1)
    }
}
