import JSON

@testable import Domain

extension Scene {
    /// A desk with a document of every kind, and a record of each type.
    static func withEveryDocument() throws -> Scene {
        var scene = try furnished()
        try scene.event(
            .createTicket(
                TicketDraft(userID: 1, description: "x", stationID: .set(1)),
                key: try IdempotencyKey(key: "k", digest: "d")),
            by: Scene.driver)
        _ = try scene.patch(1, by: Scene.admin, ["status": "closed", "rating": 3, "assignee_id": 3])
        try scene.event(.addComment(ticket: 1, CommentDraft(body: "x")), by: Scene.admin)
        try scene.event(.addComment(ticket: 1, CommentDraft(body: "x")))
        try scene.event(.markRead(.ids([8])), by: Scene.admin)
        try scene.event(.updateUser(1, try UserPatch(["phone": "3"]), passwordHash: "h"))
        try scene.event(.updateStation(1, try StationPatch(["latitude": 2])))
        try scene.event(.deleteUser(5))
        try scene.event(.noteDelivered([1: 9, 2: 8]), by: .station)
        try scene.event(.noteShipped(through: 3), by: .station)
        scene.central(1, "user.disable", ["email": "nobody@example.com"])
        scene.central(2, "station.disable", ["station_id": 2])
        try scene.ingestSomething()
        try scene.event(.createAnswer(CannedAnswerDraft(title: "x", body: "x", language: .vietnamese)))
        try scene.event(.createAnswer(CannedAnswerDraft(title: "x", body: "x")))
        try scene.event(.updateAnswer(1, try CannedAnswerPatch(["title": "y"])))
        try scene.event(.deleteAnswer(2))
        try scene.event(.createTicket(TicketDraft(userID: 1, description: "x"), key: nil), by: Scene.driver)
        try scene.event(.escalateTicket(2, minutes: 30), by: .station)
        try scene.event(.changeLanguage(.vietnamese), by: Scene.driver)
        return scene
    }

    /// Adds a member of the fleet with a ticket and with commands, one of which it has refused.
    private mutating func ingestSomething() throws {
        try run(fleet: .addStation(7, name: "x", tokenDigest: "d"))
        var station = ReportingStation(scene: try Scene.furnished(), number: 7)
        try station.scene.file()
        try ingest(try station.events(), of: 7)
        let command = try queue(["type": "ticket.delete", "data": ["support_id": 1]], for: 7)
        _ = try queue(["type": "ticket.close", "data": ["support_id": 1]], for: 7)
        let refused: JSONObject = ["command": ["id": .string(command.id)], "statusCode": 404, "message": "x"]
        try ingest([station.event("command.refused", refused, behind: 8)], of: 7)
        try run(fleet: .markClock(7, offsetSeconds: 9))
    }
}
