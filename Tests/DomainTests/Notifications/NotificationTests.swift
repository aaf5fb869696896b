import JSON
import Testing

@testable import Domain

@Suite struct NotificationTests {
    private func json(_ event: Event, replayed: Bool = false) throws -> JSONValue {
        let notification = try #require(Notification(of: event))
        return written { notification.write(into: &$0, epoch: "e", replayed: replayed) }
    }

    @Test func `a notification reads as in the contract`() throws {
        var scene = try Scene.furnished()
        let draft = TicketDraft(userID: 1, description: "No power", stationID: .set(1), priority: .urgent)
        let created = try scene.event(.createTicket(draft, key: nil), by: Scene.driver)
        let at = "2025-01-12T10:30:01.800Z"
        #expect(
            text { Notification(of: created)?.write(into: &$0, epoch: "e") }
                == #"""
                {"id":"e-8","type":"support_ticket_created","title":"New Support Ticket",\#
                "message":"User john_driver created a new support ticket","data":{"support_id":1,\#
                "user_id":1,"username":"john_driver","description":"No power","status":"open",\#
                "station_id":1,"station_name":"Alpha","created_at":"\#(at)"},"priority":"urgent",\#
                "timestamp":"\#(at)"}
                """#
        )
        scene.wait(milliseconds: 200)
        let updated = try scene.event(.updateTicket(1, try TicketPatch(["response": "ok"])), by: Scene.staff)
        #expect(
            text { Notification(of: updated)?.write(into: &$0, epoch: "e", replayed: true) }
                == #"""
                {"id":"e-9","type":"support_ticket_updated","title":"Support Ticket Updated",\#
                "message":"Your support ticket has been updated","data":{"support_id":1,"user_id":1,\#
                "username":"john_driver","description":"No power","status":"open","station_id":1,\#
                "station_name":"Alpha","created_at":"\#(at)","response":"ok",\#
                "updated_at":"2025-01-12T10:30:02.000Z"},"priority":"medium",\#
                "timestamp":"2025-01-12T10:30:02.000Z","replayed":true}
                """#
        )
        let closed = try scene.event(.updateTicket(1, try TicketPatch(["status": "closed"])), by: Scene.staff)
        #expect(try json(closed)["type"] == "support_ticket_resolved" && json(closed)["priority"] == "low")
        #expect(try json(closed)["title"] == "Support Ticket Resolved")
        #expect(try json(closed)["message"] == "Your support ticket has been resolved")
        #expect(try json(closed)["data"]?["response"] == "ok")
        let rated = try scene.event(.updateTicket(1, try TicketPatch(["rating": 1])), by: Scene.driver)
        #expect(Notification(of: rated)?.eventName == "support:ticket:updated")
        let deleted = try scene.event(.deleteTicket(1), by: Scene.admin)
        #expect(
            text { Notification(of: deleted)?.write(into: &$0, epoch: "e", isRead: false) }
                == #"""
                {"id":"e-12","type":"support_ticket_deleted","title":"Support Ticket Deleted",\#
                "message":"Your support ticket #1 has been deleted","data":{"support_id":1},\#
                "priority":"low","timestamp":"2025-01-12T10:30:02.000Z","read":false}
                """#
        )
        #expect(
            [created, updated, closed, deleted].map { Notification(of: $0)?.eventName } == [
                "support:ticket:created", "support:ticket:updated", "support:ticket:resolved", "support:ticket:deleted",
            ])
    }

    @Test func `a notification is for the users in the contract`() throws {
        var scene = try Scene.furnished()
        try scene.file(station: 1)
        func audience(_ event: Event) throws -> [Identifier] {
            let audience = try #require(scene.desk.notification(for: event)).audience
            return (0...7).filter { scene.desk.includes($0, in: audience) }
        }
        let here = try scene.event(
            .createTicket(TicketDraft(userID: 1, description: "x", stationID: .set(1)), key: nil))
        let nowhere = try scene.event(.createTicket(TicketDraft(userID: 1, description: "x"), key: nil))
        let updated = try scene.event(.updateTicket(1, try TicketPatch(["description": "y"])), by: Scene.driver)
        #expect(try audience(here) == [2, 3] && audience(nowhere) == [2] && audience(updated) == [1])
        scene.desk.settings.notifiesStationStaff = false
        #expect(try audience(here) == [2])
        scene.desk.settings.notifiesStationStaff = true
        try scene.event(.updateUser(3, try UserPatch(["active": false]), passwordHash: nil))
        try scene.event(.updateUser(5, try UserPatch(["role": "admin"]), passwordHash: nil))
        #expect(try audience(here) == [2, 5])
    }

    @Test func `only tickets and comments that drivers may read lead to notifications`() throws {
        var scene = try Scene.furnished()
        let id = try scene.file()
        for command: Command in [
            .addComment(ticket: id, CommentDraft(body: "x", isInternal: true)),
            .createStation(SwapStationDraft(name: "C")),
            .updateUser(1, try UserPatch(["phone": "1"]), passwordHash: nil), .deleteUser(5),
        ] {
            #expect(Notification(of: try scene.event(command)) == nil)
        }
    }

    @Test(arguments: [
        "", "-", "e-", "-1", "e-x", "e--", "e-1 ", "e-18446744073709551616", "e-9223372036854775808", "1",
    ])
    func `a malformed id is refused`(_ text: String) { #expect(NotificationID(text) == nil) }

    @Test func `an id is the epoch and the sequence`() {
        for text in ["e-0", "a-b-c-17", "é-9223372036854775807"] { #expect(NotificationID(text)?.text == text) }
    }
}
