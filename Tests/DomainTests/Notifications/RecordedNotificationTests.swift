import Generators
import JSON
import Testing

@testable import Domain

@Suite struct RecordedNotificationTests {
    private func written(_ record: [UInt8], replayed: Bool, isRead: Bool?) -> String? {
        guard let recorded = RecordedNotification(record: record) else { return nil }
        var bytes: [UInt8] = []
        recorded.write(into: &bytes, epoch: Array("e1".utf8), replayed: replayed, isRead: isRead)
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test func `a record gives the same bytes as the event's notification`() throws {
        let generator = RepeatableGenerator.announced("RecordedNotificationTests")
        var scene = try Scene.furnished()
        var commands = RandomCommands(generator: generator)
        commands.run(1500, on: &scene)
        var kinds: [Notification.Kind: Int] = [:]
        for (index, record) in scene.records.enumerated() {
            let notification = Notification(of: try Event(record: try JSONParser.parse(record)))
            let isRead: Bool? = [nil, true, false][index % 3]
            let replayed = index % 2 == 0
            let wanted = notification.map { notification in
                text { notification.write(into: &$0, epoch: "e1", replayed: replayed, isRead: isRead) }
            }
            #expect(written(record, replayed: replayed, isRead: isRead) == wanted)
            if let kind = notification?.kind { kinds[kind, default: 0] += 1 }
            let kind = RecordedNotification(record: record)?.kind
            #expect(kind == notification?.kind)
        }
        #expect(kinds.count == 5 && kinds.values.allSatisfy { $0 >= 3 }, "\(kinds)")
    }

    /// A repair with an editor may leave a record like that.
    @Test func `another order of members and white space make no difference`() throws {
        var scene = try Scene.furnished()
        try scene.file("A \"quoted\" text \\ and more")
        _ = try scene.patch(1, by: Scene.admin, ["status": "closed", "response": "done"])
        try scene.event(.addComment(ticket: 1, CommentDraft(body: "\"Thanks\"")), by: Scene.driver)
        for record in scene.records.suffix(3) {
            let value = try JSONParser.parse(record)
            var object = JSONObject()
            for member in try #require(value.objectValue).members.reversed() { object[member.key] = member.value }
            let pretty = JSONValue.object(object).encoded(.pretty)
            #expect(written(pretty, replayed: true, isRead: nil) == written(record, replayed: true, isRead: nil))
        }
    }

    @Test func `damaged records never trap`() throws {
        var scene = try Scene.furnished()
        try scene.file("x\\\"y")
        _ = try scene.patch(1, by: Scene.admin, ["status": "closed"])
        try scene.event(.addComment(ticket: 1, CommentDraft(body: "z")), by: Scene.driver)
        try scene.event(.deleteTicket(1))
        var random = RepeatableGenerator.announced("RecordedNotificationTests damage")
        var refused = 0
        for record in scene.records.suffix(4) {
            for cut in 0..<record.count where written(Array(record[..<cut]), replayed: true, isRead: nil) == nil {
                refused += 1
            }
            for _ in 0..<3000 {
                var damaged = record
                for _ in 0..<Int.random(in: 1...4, using: &random) {
                    let place = Int.random(in: 0..<damaged.count, using: &random)
                    damaged[place] = Array("{}[],:\"\\x1 ".utf8).randomElement(using: &random) ?? 0
                }
                if written(damaged, replayed: false, isRead: true) == nil { refused += 1 }
            }
        }
        #expect(refused > 1000)
    }
}
