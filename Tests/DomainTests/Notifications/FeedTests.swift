import Bytes
import Generators
import JSON
import Testing

@testable import Domain

/// The index is bounded, and nobody can push out of it what others have caused. What leaves it is counted.
@Suite struct FeedTests {
    private let countMax = DeskLimits.notificationCountMax

    /// Runs a command without the text of its record.
    private func decide(_ command: Command, _ scene: Scene, by caller: Caller) throws {
        guard case .event(let event) = try scene.desk.decide(command, by: caller, now: scene.now) else { return }
        scene.desk.apply(event)
    }

    private func flood(_ scene: Scene, _ count: Int, of user: Identifier = 1, station: Identifier? = nil) throws {
        let draft = TicketDraft(userID: user, description: "x", stationID: .set(station))
        for _ in 0..<count { try decide(.createTicket(draft, key: nil), scene, by: .user(user)) }
    }

    /// Receives what waits for `user` to the end, from its cursor: the gaps, and the sequences sent.
    private func receive(_ scene: Scene, _ user: Identifier) throws -> (gap: NotificationGap?, sent: [UInt64]) {
        let cursor = try #require(scene.desk.cursor(of: user))
        let backlog = try #require(scene.desk.backlog(of: user, behind: cursor, through: scene.desk.lastSequence))
        let run = scene.desk.notifications(for: user, behind: backlog.start, through: .max, countMax: .max)
        let sent = run.entries.filter { !$0.isRead }.map(\.sequence)
        #expect(sent.count == backlog.count)
        #expect(!scene.desk.hasLost(user, behind: backlog.start), "the gap would be reported for ever")
        var place = backlog.start
        for entry in run.entries { place.pass(entry) }
        #expect(!scene.desk.hasLost(user, behind: place))
        return (backlog.gap, sent)
    }

    @Test func `a flood of one driver leaves what others have filed`() throws {
        var scene = try Scene.furnished()
        try scene.file("urgent", user: 5, station: 1)  // 8: ticket 1
        try flood(scene, 36_640)
        try scene.file("urgent too", user: 5, station: 1)
        let last = scene.desk.lastSequence
        #expect(scene.desk.notifications.feed.count == countMax)
        let (gap, sent) = try receive(scene, 2)
        #expect(sent.first == 8 && sent.last == last && sent.count == countMax)
        #expect(gap?.count == 36_642 - countMax)
        #expect(gap?.first == 5 && gap?.ticketMin == 1 && gap?.ticketMax == Identifier(36_642 - countMax + 1))
        // The staff of station 1 hears of the others only, and has lost nothing.
        let staff = try receive(scene, 3)
        #expect(staff.gap == nil && staff.sent == [8, last])
        // Proof of all ends it.
        try scene.event(.noteDelivered([2: last]), by: .station)
        let after = try receive(scene, 2)
        #expect(after.gap == nil && after.sent.isEmpty && scene.desk.undeliveredCount(of: 2) == 0)
    }

    @Test func `a proof amid what was lost moves nothing, so that no loss stays untold`() throws {
        var scene = try Scene.furnished()
        try scene.file(user: 5, station: 1)  // 8
        try flood(scene, countMax + 100)
        let before = try receive(scene, 2)
        #expect(before.gap?.count == 101)
        #expect(try scene.run(.noteDelivered([2: 8]), by: .station) == .unchanged)
        let again = try receive(scene, 2)
        #expect(again.gap == before.gap && again.sent == before.sent)
        // One who has read up to there is told of the same losses.
        try scene.event(.markRead(.through(8)), by: Scene.admin)
        let (gap, sent) = try receive(scene, 2)
        #expect(gap?.count == 101 && gap?.first == 9 && sent == Array(before.sent.dropFirst()))
        #expect(scene.desk.undeliveredCount(of: 2) == 101 + sent.count)
    }

    @Test func `a loss while the client is behind is reported once`() throws {
        var scene = try Scene.furnished()
        try scene.file(user: 5, station: 1)  // 8
        try flood(scene, countMax)
        let cursor = try #require(scene.desk.cursor(of: 2))
        let backlog = try #require(scene.desk.backlog(of: 2, behind: cursor, through: .max))
        #expect(backlog.gap?.count == 1)
        var place = backlog.start
        let run = scene.desk.notifications(for: 2, behind: place, through: .max, countMax: 50)
        for entry in run.entries { place.pass(entry) }
        #expect(!scene.desk.hasLost(2, behind: place))
        try flood(scene, 100)
        #expect(scene.desk.hasLost(2, behind: place))
        // The first 49 of them were received before.
        let more = try #require(scene.desk.backlog(of: 2, behind: place, through: .max))
        #expect(more.gap?.count == 51 && more.count == countMax - 1)
        #expect(!scene.desk.hasLost(2, behind: more.start))
    }

    @Test func `where all have as many, the oldest goes`() throws {
        var shares = Shares()
        for row in 1...Identifier(30) { shares.insert(row, of: row % 10) }
        #expect(shares.count == 30 && shares.count(of: 3) == 3)
        #expect(shares.next(besideOneMoreOf: 7) == 7)
        #expect(shares.next(besideOneMoreOf: 77) == 1)
        shares.insert(99, of: 4)
        #expect(shares.next(besideOneMoreOf: 77) == 4 && shares.next(besideOneMoreOf: 7) == 4)
        shares.insert(99, of: 4)
        shares.remove(98, of: 4)
        #expect(shares.count == 31)
        for row in 1...Identifier(30) { shares.remove(row, of: row % 10) }
        #expect(shares.next(besideOneMoreOf: 1) == 99 && shares.count == 1)
        shares.remove(99, of: 4)
        #expect(shares.next(besideOneMoreOf: 1) == nil && shares.count == 0)
    }

    @Test func `what is too old leaves first`() throws {
        var scene = try Scene.furnished()
        try scene.file(user: 5)
        try scene.file(user: 5)
        scene.wait(milliseconds: 31 * 86_400_000)
        try flood(scene, countMax + 1)
        let first = try #require(scene.desk.notifications.feed.first)
        #expect(first.author == 1 && first.ticket == 4, "the two old ones and then one of the flood")
    }

    @Test func `an inbox keeps what others have caused`() throws {
        var scene = try Scene.furnished()
        let id = try scene.file()
        _ = try scene.patch(id, by: Scene.staff, ["response": "we come at six"])
        let kept = scene.desk.lastSequence
        for number in 0..<(countMax + 50) {
            let patch = try TicketPatch(["priority": number % 2 == 0 ? "urgent" : "low"])
            try decide(.updateTicket(id, patch), scene, by: Scene.admin)
        }
        let (gap, sent) = try receive(scene, 1)
        #expect(sent.first == kept && sent.count == countMax && gap?.count == 51)
        #expect(try scene.desk.inbox(after: 0, limit: 1, for: Scene.driver).map(\.sequence) == [kept])
    }

    /// Whatever has happened, what is sent and what is reported as missing are together all that there was.
    @Test func `what is sent and what is missing are all that there was`() throws {
        var generator = RepeatableGenerator.announced("FeedTests")
        let scene = try Scene.furnished()
        var (total, atStation) = (0, 0)
        var seen: [UInt64: Int] = [:]
        while total < countMax + 3_000 {
            let user: Identifier = Int.random(in: 0..<20, using: &generator) == 0 ? 5 : 1
            let station: Identifier? = Int.random(in: 0..<8, using: &generator) == 0 ? 1 : nil
            let count = Int.random(in: 1...40, using: &generator)
            try flood(scene, count, of: user, station: station)
            total += count
            if station == 1 { atStation += count }
            seen[scene.desk.lastSequence] = total
        }
        let (gap, sent) = try receive(scene, 2)
        #expect(sent.count == countMax && sent.count + (gap?.count ?? 0) == total)
        let staff = try receive(scene, 3)
        #expect(staff.sent.count + (staff.gap?.count ?? 0) == atStation)
        // A place that the index still knows counts as many as there were.
        for (sequence, count) in seen {
            guard let place = scene.desk.position(of: 2, at: sequence) else { continue }
            #expect(place.sharedCount == count)
        }
        // A desk restored from its documents is the same, and counts the same.
        let restored = Desk()
        var documents: [(DocumentPath, JSONObject)] = []
        scene.desk.documents { documents.append(($0, $1)) }
        for (path, document) in documents.shuffled(using: &generator) { try restored.restore(path, document) }
        #expect(restored.dump() == scene.desk.dump())
        var copy = scene
        copy.desk = restored
        let again = try receive(copy, 2)
        #expect(again.gap == gap && again.sent == sent)
        try flood(scene, 500)
        try flood(copy, 500)
        #expect(restored.dump() == scene.desk.dump())
    }

    @Test func `an index of an earlier version that is longer is cut to size`() throws {
        let scene = try Scene.furnished()
        try flood(scene, countMax)
        // Events that name nothing that leaves, as earlier versions wrote them.
        for id in 1...Identifier(100) {
            var ticket = try #require(scene.desk.tickets[1])
            ticket = Ticket(
                description: "x", createdAt: ticket.createdAt, updatedAt: ticket.createdAt,
                sequence: scene.desk.nextSequence, id: Identifier(countMax) + id, userID: 1, type: .other,
                status: .open, priority: .low)
            let contact = try #require(scene.desk.users[1]).contact
            scene.desk.apply(
                Event(
                    sequence: scene.desk.nextSequence, at: scene.now, by: Scene.driver,
                    change: .ticketCreated(
                        TicketSnapshot(ticket: ticket, user: contact, station: nil))))
        }
        #expect(scene.desk.notifications.feed.count == countMax + 100)
        try flood(scene, 10)
        #expect(scene.desk.notifications.feed.count == countMax)
        let (gap, sent) = try receive(scene, 2)
        #expect(sent.count + (gap?.count ?? 0) == countMax + 110)
    }
}
