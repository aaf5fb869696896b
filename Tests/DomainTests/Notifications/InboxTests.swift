import Bytes
import JSON
import Testing

@testable import Domain

@Suite struct InboxTests {
    private func list(_ scene: Scene, _ caller: Caller, unread: Bool = false, after: UInt64? = nil, limit: Int = 100)
        throws
        -> [UInt64]
    {
        try scene.desk.inbox(unread: unread, after: after, limit: limit, for: caller).map(\.sequence)
    }

    @Test func `an inbox holds what was addressed to its user`() throws {
        var scene = try Scene.furnished()
        try scene.file(station: 1)  // 8
        try scene.file(station: 2)  // 9
        try scene.file(user: 5, station: nil)  // 10
        _ = try scene.patch(1, by: Scene.staff, ["response": "ok"])  // 11
        try scene.event(.addComment(ticket: 1, CommentDraft(body: "x")))  // 12
        try scene.event(.deleteTicket(2))  // 13
        #expect(try list(scene, Scene.driver) == [11, 12, 13])
        #expect(try list(scene, Scene.otherDriver) == [])
        #expect(try list(scene, Scene.admin) == [8, 9, 10])
        #expect(try list(scene, Scene.staff) == [8])
        #expect(try list(scene, Scene.otherStaff) == [9])
        #expect(try list(scene, Scene.admin, limit: 2) == [9, 10])
        #expect(try list(scene, Scene.admin, after: 8, limit: 1) == [9])
        #expect(try list(scene, Scene.admin, after: 10) == [])
        scene.desk.settings.notifiesStationStaff = false
        #expect(try list(scene, Scene.staff) == [])
        #expect(refusal { () throws(Refusal) in try scene.desk.unreadCount(for: .operator) }?.statusCode == 403)
        let old = try InboxFilter(["after": "old-9"])
        #expect(try scene.desk.inbox(old, epoch: "e", for: Scene.admin).map(\.sequence) == [8, 9, 10])
        let present = try InboxFilter(["after": "e-9"])
        #expect(try scene.desk.inbox(present, epoch: "e", for: Scene.admin).map(\.sequence) == [10])
    }

    @Test func `read notifications stay read`() throws {
        var scene = try Scene.furnished()
        for _ in 0..<6 { try scene.file() }  // 8…13
        func unread() throws -> Int { try scene.desk.unreadCount(for: Scene.admin) }
        #expect(try unread() == 6)
        try scene.event(.markRead(.ids([12, 10, 10, 99])), by: Scene.admin)
        #expect(try unread() == 4 && list(scene, Scene.admin, unread: true) == [8, 9, 11, 13])
        #expect(try scene.run(.markRead(.ids([10])), by: Scene.admin) == .unchanged)
        #expect(try scene.run(.markRead(.ids([])), by: Scene.admin) == .unchanged)
        #expect(scene.refusal(of: .markRead(.ids([99, 1])), by: Scene.admin) == .notFound("Notification not found"))
        #expect(scene.refusal(of: .markRead(.ids([8])), by: Scene.driver) == .notFound("Notification not found"))
        try scene.event(.markRead(.through(11)), by: Scene.admin)
        #expect(try list(scene, Scene.admin, unread: true) == [13])
        #expect(scene.desk.notifications.inboxes[2]?.read == [12])
        try scene.event(.markRead(.through(.max)), by: Scene.admin)
        #expect(try unread() == 0 && scene.desk.notifications.inboxes[2]?.read == [])
        #expect(try scene.run(.markRead(.through(.max)), by: Scene.admin) == .unchanged)
        try scene.file()
        #expect(try unread() == 1)
        #expect(try scene.desk.inbox(for: Scene.admin).map(\.isRead).filter { !$0 }.count == 1)
        #expect(scene.refusal(of: .markRead(.through(1)), by: .central)?.statusCode == 403)
    }

    @Test func `an inbox begins with the user and with the office`() throws {
        var scene = try Scene.furnished()
        try scene.file()  // 8
        try scene.addUser("late", "late@example.com", .admin)  // 9
        try scene.file()  // 10
        try scene.event(.updateUser(5, try UserPatch(["role": "admin"]), passwordHash: nil))  // 11
        try scene.file()  // 12
        #expect(try list(scene, .user(6)) == [10, 12])
        #expect(try list(scene, .user(5)) == [12])
        try scene.event(.updateUser(3, try UserPatch(["station_id": 2]), passwordHash: nil))
        #expect(try list(scene, Scene.staff) == [])
    }

    @Test func `an inbox is cut by age and by count`() throws {
        var scene = try Scene.furnished()
        let id = try scene.file(by: Scene.admin)
        _ = try scene.patch(id, by: Scene.admin, ["priority": "low"])
        scene.wait(milliseconds: scene.desk.settings.notificationAgeMillisMax + 86_399_999)
        #expect(try list(scene, Scene.admin).count == 1 && list(scene, Scene.driver).count == 1)
        scene.wait(milliseconds: 1)
        #expect(try list(scene, Scene.admin).isEmpty && list(scene, Scene.driver).isEmpty)
        #expect(try scene.desk.unreadCount(for: Scene.admin) == 0)
        for number in 0..<(DeskLimits.notificationCountMax + 200) {
            let priority = number % 2 == 0 ? "high" : "low"
            for command: Command in [
                .updateTicket(id, try TicketPatch(["priority": .string(priority)])),
                .createTicket(TicketDraft(userID: 5, description: "x"), key: nil),
            ] {
                guard case .event(let event) = try scene.desk.decide(command, by: Scene.admin, now: scene.now) else {
                    throw Unexpected(text: "no event")
                }
                scene.desk.apply(event)
            }
        }
        #expect(try list(scene, Scene.driver, limit: .max).count == DeskLimits.notificationCountMax)
        #expect(try list(scene, Scene.admin, limit: .max).count == DeskLimits.notificationCountMax)
        #expect(try scene.desk.unreadCount(for: Scene.admin) == DeskLimits.notificationCountMax)
        scene.desk.settings.notificationCountMax = 7
        #expect(try list(scene, Scene.admin, limit: .max).last == list(scene, Scene.admin, limit: 1).last)
        #expect(try scene.desk.unreadCount(for: Scene.admin) == 7)
    }

    @Test func `read marks are bounded`() throws {
        var inbox = Inbox(user: 1)
        let step = UInt64(DeskLimits.readIDsMax)
        let rounds = UInt64(DeskLimits.readMarksMax) / step + 1
        for round in 0..<rounds {
            let ids = (0..<step).map { 2 * (round * step + $0) + 2 }
            let event = Event(
                sequence: round + 1, at: Timestamp(milliseconds: 0), by: .user(1),
                change: .notificationsRead(user: 1, .ids(ids)))
            let survives = inbox.apply(event)
            #expect(survives)
        }
        #expect(inbox.read.count == DeskLimits.readMarksMax)
        #expect(
            !inbox.isRead(2) && !inbox.isRead(2 * step) && inbox.isRead(2 * step + 2) && !inbox.isRead(2 * step + 3))
    }
}
