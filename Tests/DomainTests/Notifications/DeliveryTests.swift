import Bytes
import Generators
import JSON
import Testing

@testable import Domain

/// How far delivery to a user has come, and what is to be sent from there.
@Suite struct DeliveryTests {
    /// The sequences that `user` would be sent now.
    private func missed(_ scene: Scene, _ user: Identifier, behind position: InboxPosition? = nil) throws -> [UInt64] {
        let position = try #require(position ?? scene.desk.cursor(of: user))
        let backlog = try #require(
            scene.desk.backlog(of: user, behind: position, through: scene.desk.lastSequence))
        let run = scene.desk.notifications(
            for: user, behind: backlog.start, through: scene.desk.lastSequence, countMax: .max)
        let sent = run.entries.filter { !$0.isRead }.map(\.sequence)
        #expect(run.isLast && sent.count == backlog.count)
        #expect(backlog.countByKind.values.reduce(0, +) == backlog.count)
        #expect(backlog.countByPriority.values.reduce(0, +) == backlog.count)
        return sent
    }

    private func gap(_ scene: Scene, _ user: Identifier) throws -> NotificationGap? {
        let position = try #require(scene.desk.cursor(of: user))
        return scene.desk.backlog(of: user, behind: position, through: scene.desk.lastSequence)?.gap
    }

    private func prove(_ scene: inout Scene, _ user: Identifier, _ sequence: UInt64) throws {
        try scene.event(.noteDelivered([user: sequence]), by: .station)
    }

    @Test func `a cursor begins at the present and moves only by proof`() throws {
        var scene = try Scene.furnished()
        try scene.file()  // 8
        try scene.addUser("late", "late@example.com", .admin)  // 9: user 6
        try scene.file()  // 10
        #expect(try missed(scene, 6) == [10] && missed(scene, 2) == [8, 10] && missed(scene, 1) == [])
        try prove(&scene, 2, 8)  // 11
        try scene.file()  // 12
        #expect(try missed(scene, 2) == [10, 12] && scene.desk.undeliveredCount(of: 2) == 2)
        // A late proof moves nothing back.
        #expect(try scene.run(.noteDelivered([2: 7, 99: 8]), by: .station) == .unchanged)
        try scene.event(.noteDelivered([6: 12, 2: 12, 1: 12]), by: .station)
        #expect(try missed(scene, 2) == [] && missed(scene, 6) == [] && scene.desk.undeliveredCount(of: 6) == 0)
        #expect(try scene.run(.noteDelivered([2: .max]), by: .station) == .unchanged, "nobody can have read the future")
    }

    @Test func `only the station itself notes deliveries`() throws {
        let scene = try Scene.furnished()
        for caller: Caller in [.operator, .central, Scene.admin, Scene.driver] {
            #expect(scene.refusal(of: .noteDelivered([2: 7]), by: caller)?.statusCode == 403)
        }
    }

    @Test func `read notifications are not sent again`() throws {
        var scene = try Scene.furnished()
        for _ in 0..<5 { try scene.file() }  // 8…12
        try scene.event(.markRead(.ids([9, 11])), by: Scene.admin)
        #expect(try missed(scene, 2) == [8, 10, 12])
        try scene.event(.markRead(.through(10)), by: Scene.admin)
        #expect(try missed(scene, 2) == [12])
        try prove(&scene, 2, 12)
        #expect(try missed(scene, 2) == [])
    }

    @Test func `the office at delivery decides`() throws {
        var scene = try Scene.furnished()
        try scene.file()  // 8
        try scene.event(.updateUser(3, try UserPatch(["role": "driver"]), passwordHash: nil))
        #expect(try missed(scene, 3) == [])
        try scene.event(.updateUser(3, try UserPatch(["role": "station_staff", "station_id": 1]), passwordHash: nil))
        #expect(try missed(scene, 3) == [], "a new office begins at the present")
        try scene.file(station: 1)  // 11
        try scene.file(station: 2)
        #expect(try missed(scene, 3) == [11] && scene.desk.undeliveredCount(of: 3) == 1)
        scene.desk.settings.notifiesStationStaff = false
        #expect(try missed(scene, 3) == [] && scene.desk.undeliveredCount(of: 3) == 0)
        scene.desk.settings.notifiesStationStaff = true
        try scene.event(.updateUser(3, try UserPatch(["active": false]), passwordHash: nil))
        let position = try #require(scene.desk.cursor(of: 3))
        #expect(scene.desk.notifications(for: 3, behind: position, through: .max, countMax: 9).entries.isEmpty)
        #expect(scene.desk.undeliveredCount(of: 3) == 0)
        try scene.event(.updateUser(3, try UserPatch(["active": true]), passwordHash: nil))
        #expect(try missed(scene, 3) == [11])
    }

    @Test func `own tickets and new tickets come in one order`() throws {
        var scene = try Scene.furnished()
        try scene.file(user: 2, by: Scene.admin)  // 8
        _ = try scene.patch(1, by: .operator, ["priority": "low"])  // 9
        try scene.file()  // 10
        _ = try scene.patch(1, by: .operator, ["status": "closed"])  // 11
        try scene.event(.deleteTicket(1))  // 12
        #expect(try missed(scene, 2) == [8, 9, 10, 11, 12])
        let position = try #require(scene.desk.cursor(of: 2))
        let run = scene.desk.notifications(for: 2, behind: position, through: .max, countMax: 99)
        #expect(run.entries.map(\.kind) == [.created, .updated, .created, .resolved, .deleted])
        #expect(run.entries.map(\.priority) == [.high, .medium, .high, .low, .low])
        let first = scene.desk.notifications(for: 2, behind: position, through: 10, countMax: 2)
        #expect(first.entries.map(\.sequence) == [8, 9] && !first.isLast)
        #expect(scene.desk.notifications(for: 2, behind: position, through: 9, countMax: 2).isLast)
    }

    @Test func `walking the index gives the same counts as the index`() throws {
        let generator = RepeatableGenerator.announced("DeliveryTests")
        var scene = try Scene.furnished()
        var commands = RandomCommands(generator: generator)
        var walked = 0
        // Few of some sequences of commands lead to a notification.
        for _ in 0..<20 where walked <= 50 {
            commands.run(800, on: &scene)
            walked = try walk(scene)
        }
        #expect(walked > 50)
    }

    /// Compares the counts at each notification, and returns the number of notifications.
    private func walk(_ scene: Scene) throws -> Int {
        var walked = 0
        for user in 1...Identifier(8) {
            guard var position = scene.desk.position(of: user, at: 0) else { continue }
            let run = scene.desk.notifications(for: user, behind: position, through: .max, countMax: .max)
            for entry in run.entries {
                position.pass(entry)
                let counted = scene.desk.position(of: user, at: entry.sequence)
                #expect(counted == position)
                walked += 1
            }
        }
        return walked
    }

    // MARK: Limits

    @Test func `the count limit leaves a gap that names its tickets`() throws {
        var scene = try Scene.furnished()
        scene.desk.settings.notificationCountMax = 3
        for _ in 0..<5 { try scene.file() }  // 8…12
        let gap = try #require(try gap(scene, 2))
        #expect(gap.first == 8 && gap.last == 9 && gap.count == 2 && gap.ticketMin == 1 && gap.ticketMax == 2)
        #expect(try missed(scene, 2) == [10, 11, 12])
        try prove(&scene, 2, 9)
        #expect(try self.gap(scene, 2) == nil)
    }

    @Test func `the age limit cuts only the beginning`() throws {
        var scene = try Scene.furnished()
        try scene.file()  // 8
        scene.wait(milliseconds: scene.desk.settings.notificationAgeMillisMax + 86_400_000)
        try scene.file()  // 9
        // The clock was set back for a while.
        scene.setClock(byMilliseconds: -scene.desk.settings.notificationAgeMillisMax - 5000)
        try scene.file()  // 10
        scene.setClock(byMilliseconds: scene.desk.settings.notificationAgeMillisMax + 5000)
        let gap = try #require(try gap(scene, 2))
        #expect(gap.first == 8 && gap.last == 8 && gap.count == 1)
        #expect(try missed(scene, 2) == [9, 10])
        #expect(try scene.desk.inbox(for: Scene.admin).map(\.sequence) == [9, 10])
    }

    @Test func `notifications that the journal has lost are a gap`() throws {
        var scene = try Scene.furnished()
        for _ in 0..<5 { try scene.file() }  // 8…12
        let position = try #require(scene.desk.cursor(of: 2))
        let backlog = try #require(
            scene.desk.backlog(of: 2, behind: position, through: .max, oldestRecord: 10))
        #expect(backlog.gap?.first == 8 && backlog.gap?.last == 9 && backlog.gap?.count == 2 && backlog.count == 3)
    }

    /// The index holds ten thousand entries; those dropped before are still counted.
    @Test func `notifications that the index has lost are counted`() throws {
        var scene = try Scene.furnished()
        try scene.file(station: 2, by: Scene.admin)  // 8
        try prove(&scene, 2, 8)  // 9
        try scene.file(station: 2, by: Scene.admin)  // 10: ticket 2
        let total = DeskLimits.notificationCountMax + 300
        for number in 0..<total {
            try decide(creation, &scene)
            try decide(update(1, number), &scene)
        }
        // The admin: ticket 2 and everything at station 1, since ticket 1 is proven.
        let admin = try #require(try gap(scene, 2))
        #expect(admin.count == total + 1 - DeskLimits.notificationCountMax && admin.ticketMin == 2)
        #expect(admin.ticketMax == Identifier(total + 2 - DeskLimits.notificationCountMax))
        // Staff of station 1 have lost 300 of its tickets, and hear of none of station 2.
        let staff = try #require(try gap(scene, 3))
        #expect(staff.count == total - DeskLimits.notificationCountMax && staff.ticketMin == nil)
        // Staff of station 2 have lost both of its tickets.
        let other = try #require(try gap(scene, 4))
        #expect(other.count == 2 && scene.desk.undeliveredCount(of: 4) == 2)
        // The driver's own notifications.
        let driver = try #require(try gap(scene, 1))
        let addressed = scene.desk.notifications.inboxes[1]?.addressedCount ?? 0
        #expect(driver.count == addressed - DeskLimits.notificationCountMax && driver.ticketMin == nil)
        for user: Identifier in [1, 2, 3, 4] {
            #expect(try missed(scene, user).count == (user == 4 ? 0 : DeskLimits.notificationCountMax))
            let start = try #require(scene.desk.cursor(of: user))
            #expect(scene.desk.hasLost(user, behind: start))
            let after = try #require(
                scene.desk.backlog(of: user, behind: start, through: .max)?.start)
            #expect(!scene.desk.hasLost(user, behind: after))
        }
        // Proof of a later event ends the gap.
        try prove(&scene, 2, scene.desk.lastSequence)
        #expect(try gap(scene, 2) == nil && missed(scene, 2) == [])
    }

    /// One index has lost something after the cursor; the other has lost only earlier entries, but begins later.
    @Test func `a gap ends at the last loss`() throws {
        var scene = try Scene.furnished()
        try scene.file(user: 2, by: Scene.admin)  // 8
        for number in 0..<50 { try decide(update(1, number), &scene) }
        try prove(&scene, 2, scene.desk.lastSequence)
        let created = DeskLimits.notificationCountMax + 200
        for _ in 0..<created { try decide(creation, &scene) }
        for number in 0..<DeskLimits.notificationCountMax { try decide(update(1, number), &scene) }
        let cursor = try #require(scene.desk.cursor(of: 2))
        #expect(scene.desk.hasLost(2, behind: cursor))
        let backlog = try #require(scene.desk.backlog(of: 2, behind: cursor, through: .max))
        let gap = try #require(backlog.gap)
        #expect(gap.count + backlog.count == created + DeskLimits.notificationCountMax)
        #expect(!scene.desk.hasLost(2, behind: backlog.start), "the gap would be reported for ever")
    }

    // MARK: Many commands

    private let creation = Command.createTicket(
        TicketDraft(userID: 5, description: "x", stationID: .set(1)), key: nil)

    private func update(_ ticket: Identifier, _ number: Int) throws -> Command {
        .updateTicket(ticket, try TicketPatch(["priority": number % 2 == 0 ? "urgent" : "low"]))
    }

    private func decide(_ command: Command, _ scene: inout Scene) throws {
        guard case .event(let event) = try scene.desk.decide(command, by: Scene.admin, now: scene.now) else { return }
        scene.desk.apply(event)
    }
}
