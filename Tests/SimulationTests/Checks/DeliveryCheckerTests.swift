import Simulation
import Testing

/// The checker objects to every broken rule, and to nothing else.
@Suite struct DeliveryCheckerTests {
    private typealias Connection = DeliveryHistory.Connection
    private typealias Receipt = DeliveryHistory.Receipt

    /// Events 10, 20, … 60. Each is requested at its number times ten and answered 5 later.
    private static let writes = [10, 20, 30, 40, 50, 60].map {
        DeliveryHistory.Write(subject: "event \($0)", begun: $0 * 10, answered: $0 * 10 + 5)
    }

    /// A connection that receives the numbers from `at` on, one per unit of time; negative numbers as replayed.
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

    @Test func `a correct history brings no objections`() {
        #expect(objections(connection(began: 1, at: 700, 10, 20, 30, 40, 50, 60)) == [])
        #expect(
            objections(
                connection(began: 1, at: 206, 10, 20), connection(began: 310, at: 700, -10, -20, -30, 40, 50, 60)) == []
        )
        // Acknowledged notifications do not come again, and one that came twice may come a third time.
        #expect(
            objections(
                connection(began: 1, at: 310, 10, 20, 30), connection(began: 320, at: 330, -30),
                connection(began: 610, at: 620, -30, -40, -50, -60)) == [])
        // Two sockets that are open at the same time both get everything live.
        #expect(
            objections(
                connection(began: 1, at: 700, 10, 20, 30, 40, 50, 60),
                connection(began: 2, at: 700, 10, 20, 30, 40, 50, 60)) == [])
        // A connection that was cut before it had received everything.
        #expect(
            objections(
                connection(began: 610, digest: 6, at: 620, -10, -20),
                connection(began: 630, digest: 6, at: 640, -10, -20, -30, -40, -50, -60), digestAbove: 5) == [])
    }

    /// The connection with a gap of which it is told.
    private func toldOfGap(_ gap: ClosedRange<UInt64>, _ connection: Connection) -> Connection {
        var connection = connection
        connection.gaps = [gap]
        return connection
    }

    @Test func `notifications within an announced gap may be missing`() {
        let told = toldOfGap(15...30, connection(began: 610, at: 620, -40, -50, -60))
        #expect(objections(connection(began: 1, at: 110, 10), told) == [])
        // But no others, and not before the gap was announced.
        #expect(
            objections(connection(began: 1, at: 110, 10), toldOfGap(45...46, told))
                == [.missing(subject: "event 20"), .missing(subject: "event 30")])
        #expect(
            objections(
                connection(began: 1, at: 606, 10, 20, 30, 40, 50, 60), connection(began: 2, at: 607, 40, 50, 60), told
            )
            .contains(.skippedAtStart(sequence: 20, connection: 1)))
        #expect(
            objections(
                connection(began: 1, at: 700, 10, 30, 40, 50, 60), toldOfGap(20...20, connection(began: 2, at: 800)))
                == [])
        #expect(
            objections(connection(began: 1, at: 700, 10, 20, 30, 40, 50, 60), connection(began: 2, at: 701, 10, 30))
                == [.skipped(sequence: 20, connection: 1)])
    }

    @Test func `a connection that stays open must receive everything`() {
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
        // Notifications from before the connection may have gone to others.
        var late = connection(began: 550, at: 720, 60)
        late.isCurrent = true
        #expect(objections(present, late) == [])
    }

    @Test func `notifications marked as read need not come again`() {
        var history = DeliveryHistory(writes: Self.writes)
        history.connections = [
            connection(began: 1, at: 604, 10, 20, 30, 40, 50, 60), connection(began: 610, at: 620, -30, -60),
        ]
        #expect(DeliveryChecker.objections(to: history).count == 2)
        history.read = [0...20, 40...50]
        #expect(DeliveryChecker.objections(to: history) == [])
    }

    @Test func `urgent notifications come first if the client asked for that`() {
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
        // Until the first live one, any may still be to come; after it, none may be missing.
        #expect(objections(all, urgent(connection(began: 310, at: 604, -20), 3)) == [])
        #expect(
            objections(all, urgent(connection(began: 310, at: 604, -20, 40, 50, 60), 3, 0, 0, 0))
                .contains(.skipped(sequence: 30, connection: 1)))
    }

    @Test func `an unanswered request may have been carried out or not`() {
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
        // It arrives in the end, but one connection skipped it.
        #expect(
            objections(
                connection(began: 1, at: 700, 10, 20, 40),
                connection(began: 710, at: 720, -30, -40, -50, -60)) == [.skipped(sequence: 30, connection: 0)])
        // The station counts as delivered what no client had received yet.
        #expect(
            objections(
                connection(began: 1, at: 206, 10, 20), connection(began: 407, at: 702, -40, 50, 60),
                connection(began: 710, at: 720, -30, -40, -50, -60)) == [.skippedAtStart(sequence: 30, connection: 1)])
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
                    .notRising(from: 30, to: 20, connection: 0), .replayedAfterLive(sequence: 20, connection: 0),
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
        // No client had it, but it is older than the connection.
        #expect(
            objections(first, connection(began: 410, at: 700, 40, 50, 60))
                == [.unmarkedReplay(sequence: 40, connection: 1)])
        // While the client connects it may be live or replayed.
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
        #expect(objections(other, resumed) == [.skippedAfterOffset(sequence: 20, connection: 1)])
        resumed.offset = 30
        #expect(objections(other, resumed) == [.notAfterOffset(sequence: 30, connection: 1)])
    }

    @Test func `two numbers for one event, or two events for one number, are found`() {
        var twice = connection(began: 1, at: 700, 10, 20, 30, 40, 50, 60)
        twice.receipts.append(Receipt(sequence: 70, subject: "event 60", isReplayed: false, at: 800))
        #expect(objections(twice) == [.twoNumbers(subject: "event 60", 60, 70)])
        var other = connection(began: 710, at: 720, -50)
        other.receipts.append(Receipt(sequence: 60, subject: "event 10", isReplayed: true, at: 730))
        #expect(
            Set(objections(connection(began: 1, at: 700, 10, 20, 30, 40, 50, 60), other))
                == [.twoSubjects(sequence: 60, "event 60", "event 10"), .twoNumbers(subject: "event 10", 10, 60)])
    }

    @Test func `a notification without a request is found`() {
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

    @Test func `connections that were checked before are skipped`() {
        let history = DeliveryHistory(
            writes: Self.writes,
            connections: [
                connection(began: 1, at: 700, 10, 20, 40, 30, 50, 60), connection(began: 710, at: 720, -60),
            ])
        #expect(DeliveryChecker.objections(to: history, fromConnection: 1) == [])
        #expect(DeliveryChecker.objections(to: history).count == 1)
    }
}
