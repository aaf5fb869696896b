import Bytes
import Generators
import JSON
import Testing

@testable import Domain

@Suite struct QuotaTests {
    private func creation(_ user: Identifier, _ text: String = "x") -> Command {
        .createTicket(TicketDraft(userID: user, description: text), key: nil)
    }

    @Test func `a driver has a bounded number of open tickets`() throws {
        var scene = try Scene.furnished()
        scene.desk.settings.driverOpenTicketsMax = 2
        let key = try IdempotencyKey(key: "k", digest: "d")
        let keyed = Command.createTicket(TicketDraft(userID: 1, description: "x"), key: key)
        try scene.event(keyed, by: Scene.driver)
        try scene.file()
        _ = try scene.patch(1, by: Scene.admin, ["status": "in_progress"])
        let refusal = try #require(scene.refusal(of: creation(1), by: Scene.driver))
        #expect(refusal == .overQuota(.openTickets) && refusal.statusCode == 429)
        #expect(scene.desk.refusedByQuota == [.openTickets: 1])
        // The first answer of a key takes no room.
        guard case .repeated = try scene.run(keyed, by: Scene.driver) else { throw Unexpected(text: "no answer") }
        #expect(scene.refusal(of: creation(5), by: Scene.otherDriver) == nil)
        #expect(scene.refusal(of: creation(1), by: Scene.admin) == nil, "an admin may file more for a driver")
        _ = try scene.patch(1, by: Scene.admin, ["status": "closed"])
        #expect(scene.refusal(of: creation(1), by: Scene.driver) == nil)
        scene.desk.settings.driverOpenTicketsMax = 0
        for _ in 0..<9 { try scene.file() }
    }

    @Test func `a driver's tickets have a bounded size`() throws {
        var scene = try Scene.furnished()
        scene.desk.settings.ticketBytesPerUserMax = 2_000
        let text = String(repeating: "x", count: 1_000)
        try scene.event(creation(1, text), by: Scene.driver)
        #expect(scene.refusal(of: creation(1, text), by: Scene.driver) == .overQuota(.userTicketBytes))
        let comment = Command.addComment(ticket: 1, CommentDraft(body: text))
        #expect(scene.refusal(of: comment, by: Scene.driver)?.statusCode == 429)
        let growing = Command.updateTicket(1, try TicketPatch(["description": .string(text + text)]))
        #expect(scene.refusal(of: growing, by: Scene.driver) == .overQuota(.userTicketBytes))
        // The staff works on, and other drivers have their own share.
        try scene.event(comment, by: Scene.admin)
        try scene.event(creation(5, text), by: Scene.otherDriver)
        try scene.event(.deleteTicket(1), by: Scene.admin)
        try scene.event(creation(1, text), by: Scene.driver)
    }

    @Test func `all tickets have a bounded size, with some more for the staff`() throws {
        var scene = try Scene.furnished()
        scene.desk.settings.ticketBytesMax = 16_000
        let text = String(repeating: "x", count: 1_000)
        while scene.refusal(of: creation(1, text), by: Scene.driver) == nil { try scene.file(text) }
        #expect(scene.desk.ticketBytes > 14_000 && scene.desk.ticketBytes <= 16_000)
        let refusal = try #require(scene.refusal(of: creation(5, text), by: Scene.otherDriver))
        #expect(refusal == .overQuota(.ticketBytes) && refusal.statusCode == 507)
        #expect(refusal.sentences.first?.contains("limits.ticket_bytes_max") == true)
        for id: Identifier in 1...3 { _ = try scene.patch(id, by: Scene.admin, ["status": "closed"]) }
        scene.central(1, "ticket.comment", ["support_id": 1, "body": "on our way"])
        #expect(scene.desk.tickets[1]?.comments.count == 1)
        while scene.refusal(of: creation(1, text), by: Scene.admin) == nil { try scene.file(text, by: Scene.admin) }
        #expect(scene.desk.ticketBytes > 16_000 && scene.desk.ticketBytes <= 18_000)
        while scene.desk.ticketBytes > 14_000 {
            var newest: Identifier = 0
            scene.desk.tickets.rows.descending { ticket in
                newest = ticket.id
                return false
            }
            try scene.event(.deleteTicket(newest), by: Scene.admin)
        }
        try scene.file(text)
    }

    /// The sums of what is here, of each user and in all, are those that were counted on.
    @Test func `sizes are counted on as tickets change`() throws {
        var generator = RepeatableGenerator.announced("QuotaTests")
        for _ in 0..<3 {
            var scene = try Scene.furnished()
            var commands = RandomCommands(generator: RepeatableGenerator(seed: generator.next()))
            commands.run(600, on: &scene)
            for desk in [scene.desk, try scene.replayed()] {
                var bytes = 0
                var byUser: [Identifier: Int] = [:]
                desk.tickets.rows.forEach {
                    bytes += $0.footprint
                    byUser[$0.userID, default: 0] += $0.footprint
                }
                #expect(bytes > 0 && desk.ticketBytes == bytes)
                #expect(desk.tickets.byUser.mapValues(\.bytes) == byUser)
            }
        }
    }
}
