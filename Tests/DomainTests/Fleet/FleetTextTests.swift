import Bytes
import JSON
import Testing

@testable import Domain

/// Texts from a station are no longer than a station allows.
@Suite struct FleetTextTests {
    private func station() throws -> ReportingStation {
        var station = ReportingStation(scene: try Scene.furnished(), number: 7)
        try station.scene.file("one")
        return station
    }

    static let texts: [([String], Int)] = [
        (["description"], 5_000), (["response"], 5_000), (["user", "username"], 100), (["user", "email"], 254),
        (["user", "phone"], 32), (["station", "name"], 200), (["station", "address"], 500),
    ]

    /// The value with the member at a path replaced by a text.
    private func setting(_ path: ArraySlice<String>, of value: JSONValue?, to text: JSONValue) -> JSONValue {
        guard let name = path.first else { return text }
        var object = value?.objectValue ?? JSONObject()
        object[name] = setting(path.dropFirst(), of: object[name], to: text)
        return .object(object)
    }

    @Test(arguments: texts)
    func `a text that no station accepts is not understood`(_ path: [String], _ max: Int) throws {
        let station = try station()
        let mark = station.scene.desk.lastSequence
        let created = try #require(try station.events().last)
        let snapshot = try #require(try station.pass(behind: 0, through: mark).first)
        for event in [created, snapshot] {
            func problem(_ count: Int) throws -> String? {
                let text = JSONValue.string(String(repeating: "é", count: count))
                return try FleetEvent(setting(["data", "ticket"] + path[...], of: event, to: text), station: 7).problem
            }
            #expect(try problem(max) == nil)
            let member = path.joined(separator: ".")
            #expect(try problem(max + 1)?.hasSuffix("data.ticket.\(member) must be at most \(max) characters") == true)
        }
    }

    @Test func `a thread is no longer than at any station`() throws {
        var station = try station()
        try station.scene.event(.addComment(ticket: 1, CommentDraft(body: "hm", isInternal: true)), by: Scene.staff)
        _ = try station.scene.patch(1, by: Scene.admin, ["response": "no"])
        let mark = station.scene.desk.lastSequence
        let snapshot = try #require(try station.pass(behind: 0, through: mark).first)
        let ticket = snapshot["data"]?["ticket"]
        func problem(_ name: String, _ value: JSONValue) throws -> String? {
            try FleetEvent(setting(["data", "ticket", name], of: snapshot, to: value), station: 7).problem
        }
        for (name, member, most, text) in [("comments", "body", 5_000, 1_000), ("history", "to", 5_000, 500)] {
            let last = try #require(ticket?[name]?.arrayValue?.last)
            func entry(_ count: Int) -> JSONValue {
                setting([member], of: last, to: .string(String(repeating: "x", count: count)))
            }
            #expect(try problem(name, [entry(most)]) == nil)
            #expect(try problem(name, [entry(most + 1)])?.contains("\(name)[0].\(member) must be at most") == true)
            let many = try problem(name, .array(Array(repeating: entry(1), count: text + 1)))
            #expect(many?.contains("data.ticket.\(name) must not be more or longer") == true, "\(many ?? "nil")")
            let long = try problem(name, .array(Array(repeating: entry(5_000), count: 250)))
            #expect(long?.contains("data.ticket.\(name) must not be more or longer") == true, "\(long ?? "nil")")
        }
    }

    @Test func `a long comment or change is not understood`() throws {
        let station = try station()
        let text = JSONValue.string(String(repeating: "x", count: 5_001))
        let comment: JSONObject = [
            "comment_id": 9, "user_id": 1, "username": "x", "body": text, "internal": false,
            "created_at": .string(station.scene.now.iso8601),
        ]
        let commented = station.event(
            "ticket.commented", ["by": 1, "support_id": 1, "user_id": 1, "comment": .object(comment)], behind: 8)
        #expect(try FleetEvent(commented, station: 7).problem?.contains("data.comment.body must be at most") == true)
        let ticket = try #require(try station.events().last?["data"]?["ticket"])
        let change: JSONValue = ["field": "response", "from": nil, "to": text]
        let updated = station.event("ticket.updated", ["by": 1, "ticket": ticket, "changes": [change]], behind: 8)
        #expect(try FleetEvent(updated, station: 7).problem?.contains("data.changes[0].to must be at most") == true)
        // A ticket can be deleted whatever its texts.
        let long = setting(["description"], of: ticket, to: text)
        let deleted = station.event("ticket.deleted", ["by": 1, "ticket": long, "changes": []], behind: 8)
        #expect(try FleetEvent(deleted, station: 7).problem == nil)
    }

    @Test func `every text of a ticket counts towards its memory`() throws {
        let station = try station()
        let mark = station.scene.desk.lastSequence
        let snapshot = try #require(try station.pass(behind: 0, through: mark).first)
        for (path, _) in Self.texts {
            func bytes(_ count: Int) throws -> Int {
                var central = try Scene.central(7)
                let text = JSONValue.string(String(repeating: "é", count: count))
                try central.ingest([setting(["data", "ticket"] + path[...], of: snapshot, to: text)], of: 7)
                return try #require(central.desk.fleet.tickets[7]).bytes
            }
            #expect(try bytes(30) == bytes(10) + 40, "\(path)")
        }
    }

    // MARK: Outcomes

    static let messages: [(JSONValue, JSONValue?)] = [
        ("Support ticket not found", "Support ticket not found"), (["a", "b"], ["a", "b"]), (["a", 7, nil], ["a"]),
        (["deep": "er"], nil), (404, nil),
        (.string(String(repeating: "é", count: 1_500)), .string(String(repeating: "é", count: 998) + "…")),
        (
            [.string(String(repeating: "x", count: 1_990)), "0123456789", "more"],
            [.string(String(repeating: "x", count: 1_990)), "01234…"]
        ),
    ]

    @Test(arguments: messages)
    func `refusal reasons are truncated`(_ message: JSONValue, _ kept: JSONValue?) throws {
        var central = try Scene.central(7)
        let command = try central.queue(["type": "ticket.delete", "data": ["support_id": 1]], for: 7)
        let data: JSONObject = [
            "by": "central", "command": ["id": .string(command.id)], "name": "x", "message": message,
        ]
        try central.ingest([try station().event("command.refused", data, behind: 0)], of: 7)
        let outcome = try #require(try central.desk.fleetCommand(command.number, of: 7).outcome)
        #expect(outcome.status == .refused && outcome.message == kept)
        #expect(outcome.textBytes - command.id.utf8.count <= FleetLimits.outcomeMessageBytesMax)
    }

    @Test func `a hundred thousand empty sentences are truncated`() throws {
        let data: JSONObject = [
            "by": "central", "command": ["id": "central-1"], "name": "x",
            "message": .array(Array(repeating: "", count: 100_000)),
        ]
        let event = try FleetEvent(try station().event("command.refused", data, behind: 0), station: 7)
        #expect(event.outcome?.message?.arrayValue?.count == FleetLimits.outcomeMessageBytesMax)
    }

    // MARK: Pages

    @Test func `a page ends when its texts are too large`() throws {
        var station = ReportingStation(scene: try Scene.furnished(), number: 7)
        let text = String(repeating: "😀", count: TextLimits.descriptionMax)
        let controls = String(repeating: "\u{1}", count: TextLimits.descriptionMax)
        for number in 0..<300 { try station.scene.file(number % 2 == 0 ? text : controls) }
        var central = try Scene.central(7)
        try central.ingest(try station.events(), of: 7)
        func expectAll(_ page: (TicketFilter, String?) throws -> FleetTicketPage) throws {
            var seen: [Identifier] = []
            var cursor: String?
            repeat {
                let page = try page(TicketFilter(), cursor)
                #expect(page.json.count < DeskLimits.pageBytesMax + 32_000)
                #expect(page.json.count >= DeskLimits.pageBytesMax || page.next == nil)
                #expect(try JSONParser.parse(page.json).arrayValue?.count == page.tickets.count)
                #expect(page.totalCount == 300 && !page.tickets.isEmpty)
                seen += page.tickets.map(\.id)
                cursor = page.next
            } while cursor != nil && seen.count < 300
            #expect(seen == (1...300).reversed() && cursor == nil)
        }
        try expectAll { filter, text in
            var cursor: FleetCursor?
            if let text { cursor = try FleetCursor(text) }
            return central.desk.fleetTickets(filter, behind: cursor)
        }
        try expectAll { _, cursor in
            let filter = try TicketFilter(query: cursor.map { [(name: "cursor", value: $0)] } ?? [])
            return try central.desk.fleetTickets(of: 7, filter)
        }
    }
}
