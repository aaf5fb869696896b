import Bytes
import JSON
import Testing

@testable import Domain

/// A ticket that nobody takes is told of again, once.
@Suite struct EscalationTests {
    @Test func `a waiting ticket is escalated once, by the station alone`() throws {
        var scene = try Scene.furnished()
        let id = try scene.file("No power", user: 1, station: 1, by: .operator)
        scene.wait(milliseconds: 900_000)
        let before = scene.desk.entityTag(of: try scene.desk.ticket(id, for: Scene.admin))
        let event = try scene.event(.escalateTicket(id, minutes: 15), by: .station)
        let ticket = try scene.desk.ticket(id, for: Scene.admin)
        #expect(ticket.escalatedAt != nil && scene.desk.entityTag(of: ticket) != before)
        let notification = try #require(scene.desk.notification(for: event))
        #expect(notification.eventName == "support:ticket:escalated")
        #expect(notification.message == "Nobody has taken support ticket #\(id) for 15 minutes")
        #expect(notification.message(in: .vietnamese) == "Phiếu hỗ trợ #\(id) đã chờ 15 phút mà chưa có ai nhận")
        // The text made of the record is the same.
        for language in Language.allCases {
            var writer = JSONWriter()
            notification.write(into: &writer, epoch: "e", language: language)
            let text = NotificationText(record: event.record(), epoch: "e", language: language)
            #expect(text?.json == writer.bytes)
        }
        #expect(scene.desk.includes(2, in: notification.audience) && !scene.desk.includes(3, in: notification.audience))
        #expect(try scene.desk.inbox(for: Scene.admin).contains { $0.sequence == event.sequence })
        #expect(try !scene.desk.inbox(for: Scene.staff).contains { $0.sequence == event.sequence })
        #expect(try scene.run(.escalateTicket(id, minutes: 15), by: .station) == .unchanged)
        #expect(
            refusal { () throws(Refusal) in try scene.run(.escalateTicket(id, minutes: 15), by: Scene.admin) }?
                .statusCode == 403)
    }

    @Test func `a ticket that was taken is not escalated`() throws {
        var scene = try Scene.furnished()
        for change: JSONValue in [["assignee_id": 3], ["status": "in_progress"], ["status": "closed"]] {
            let id = try scene.file("No power", user: 1, station: 1, by: .operator)
            _ = try scene.patch(id, by: .operator, change)
            #expect(scene.desk.waitingTicket(id) == nil)
            #expect(try scene.run(.escalateTicket(id, minutes: 1), by: .station) == .unchanged)
        }
        let id = try scene.file("No power", user: 1, station: 1, by: .operator)
        scene.wait(milliseconds: 5_000)
        _ = try scene.patch(id, by: .operator, ["priority": "urgent"])
        let ticket = try #require(scene.desk.waitingTicket(id))
        #expect(ticket.waitingSince == ticket.updatedAt && ticket.waitingSince > ticket.createdAt)
        let (found, next) = scene.desk.waitingTickets(from: 0, lookingAt: 2)
        #expect(found.isEmpty && next == 3)
        #expect(scene.desk.waitingTickets(from: 3, lookingAt: 9).found.map(\.id) == [id])
    }
}
