import JSON
import Testing

@testable import Domain

/// One mechanism for everything that a request with an Idempotency-Key creates.
@Suite struct KeyedCreationTests {
    private static let admin = Scene.admin

    private func key(_ text: String, _ scope: String, _ digest: String = "d") throws -> IdempotencyKey {
        try IdempotencyKey(key: text, digest: digest, scope: scope)
    }

    private struct Case {
        let scope: String
        let command: Command
        let created: UInt64
    }

    private static let cases = [
        Case(scope: "comments", command: .addComment(ticket: 1, CommentDraft(body: "x")), created: 9),
        Case(
            scope: "users",
            command: .createUser(
                UserDraft(username: "n", email: "new@example.com", password: "p"), passwordHash: "$y$secret"),
            created: 6),
        Case(scope: "stations", command: .createStation(SwapStationDraft(name: "C")), created: 3),
        Case(
            scope: IdempotencyKey.ticketScope,
            command: .createTicket(TicketDraft(userID: 1, description: "y"), key: nil), created: 2),
    ]

    private func run(_ command: Command, _ key: IdempotencyKey, _ scene: inout Scene) throws -> CreationAnswer {
        switch try scene.desk.decide(command, key: key, by: Self.admin, now: scene.now) {
        case .repeated(let answer): return answer
        case .unchanged: throw Unexpected(text: "nothing was created")
        case .event(let event):
            scene.apply(event)
            return try #require(event.creation)
        }
    }

    @Test func `a repeated request gets the first answer and creates nothing`() throws {
        for example in Self.cases {
            var scene = try Scene.furnished()
            try scene.file()
            let key = try key("k", example.scope)
            let first = try run(example.command, key, &scene)
            #expect(first.number == example.created)
            #expect(!String(decoding: first.json, as: UTF8.self).contains("secret"))
            let records = scene.records.count
            #expect(try run(example.command, key, &scene) == first && scene.records.count == records)
            // After a start from the journal, and from the documents alone.
            scene.desk = try scene.replayed()
            #expect(try run(example.command, key, &scene) == first && scene.records.count == records)
            let restored = Desk()
            scene.desk.documents { path, document in
                #expect(throws: Never.self) { try restored.restore(path, document) }
            }
            scene.desk = restored
            #expect(try run(example.command, key, &scene) == first && scene.records.count == records)
            let other = try self.key("k", example.scope, "other")
            #expect(throws: Refusal.unprocessable("Idempotency-Key was already used with another body")) {
                try run(example.command, other, &scene)
            }
        }
    }

    @Test func `the first answer outlives what was created`() throws {
        var scene = try Scene.furnished()
        try scene.file()
        let comment = Command.addComment(ticket: 1, CommentDraft(body: "x"))
        let first = try run(comment, try key("k", "comments"), &scene)
        try scene.event(.deleteTicket(1))
        #expect(try run(comment, try key("k", "comments"), &scene) == first)
    }

    @Test func `the same key for something else is another key`() throws {
        var scene = try Scene.furnished()
        try scene.file()
        try scene.file()
        let comment = CommentDraft(body: "x")
        _ = try run(.addComment(ticket: 1, comment), try key("k", "comments of 1"), &scene)
        _ = try run(.addComment(ticket: 2, comment), try key("k", "comments of 2", "other"), &scene)
        _ = try run(.createStation(SwapStationDraft(name: "C")), try key("k", "stations", "third"), &scene)
        #expect(scene.desk.firstAnswers.rows.count == 3)
        #expect(scene.desk.tickets[1]?.comments.count == 1 && scene.desk.tickets[2]?.comments.count == 1)
        #expect(scene.desk.fingerprint() == (try scene.replayed().fingerprint()))
    }

    @Test func `answers are numbered in the order in which they came, whatever they are about`() throws {
        var scene = try Scene.furnished()
        for _ in 0..<3 { try scene.file() }
        for number in 0..<4 {
            _ = try run(
                .addComment(ticket: 1, CommentDraft(body: "x")), try key("c\(number)", "comments"), &scene)
            _ = try run(
                .createTicket(TicketDraft(userID: 1, description: "y"), key: nil), try key("t\(number)", "support"),
                &scene)
        }
        var numbers: [Identifier] = []
        var sequences: [UInt64] = []
        scene.desk.firstAnswers.rows.forEach {
            numbers.append($0.id)
            sequences.append($0.documentSequence)
        }
        #expect(numbers == Array(4...11) && sequences == sequences.sorted())
    }

    @Test func `keys of all sorts share the bounds of their user`() throws {
        let scene = try Scene.furnished()
        scene.desk.apply(
            try #require(
                try event(.createTicket(TicketDraft(userID: 1, description: "x"), key: nil), "t", "support", scene)))
        for number in 0..<DeskLimits.idempotencyCountPerUserMax {
            let command = Command.createStation(SwapStationDraft(name: "C"))
            scene.desk.apply(try #require(try event(command, "s\(number)", "stations", scene)))
        }
        #expect(scene.desk.firstAnswers.rows.count == DeskLimits.idempotencyCountPerUserMax)
        let ticket = Command.createTicket(TicketDraft(userID: 1, description: "x"), key: nil)
        #expect(try event(ticket, "t", "support", scene) != nil, "the oldest was dropped")
    }

    private func event(_ command: Command, _ text: String, _ scope: String, _ scene: Scene) throws -> Event? {
        let decision = try scene.desk.decide(command, key: try key(text, scope), by: Self.admin, now: scene.now)
        guard case .event(let event) = decision else { return nil }
        return event
    }

    @Test func `only what users create has a key`() throws {
        var scene = try Scene.furnished()
        for caller: Caller in [.operator, .central] {
            let decision = try scene.desk.decide(
                .createStation(SwapStationDraft(name: "C")), key: try key("k", "stations"), by: caller, now: scene.now)
            guard case .event(let event) = decision else { throw Unexpected(text: "no event") }
            #expect(event.keyed == nil)
        }
        let id = try scene.file()
        let patch = try TicketPatch(["priority": "low"])
        let changed = try scene.desk.decide(
            .updateTicket(id, patch), key: try key("k", "support"), by: Self.admin, now: scene.now)
        guard case .event(let event) = changed else { throw Unexpected(text: "no event") }
        #expect(event.keyed == nil)
    }

    @Test func `a command to a member is queued once`() throws {
        var scene = try Scene.furnished()
        try scene.run(fleet: .addStation(7, name: "x", tokenDigest: "d"))
        var draft = try FleetCommandDraft(["type": "ticket.delete", "data": ["support_id": 1]])
        draft.key = try key("k", "commands 7")
        func queue() throws -> CreationAnswer {
            switch try scene.desk.decideQueueing(draft, for: 7, by: Scene.admin, epoch: "e", now: scene.now) {
            case .event(let event):
                scene.apply(event)
                return try #require(event.creation)
            case .repeated(let answer): return answer
            case .unchanged: throw Unexpected(text: "nothing")
            }
        }
        let first = try queue()
        #expect(try queue() == first && scene.desk.fleetCommandsWaitingCount(for: 7) == 1)
        #expect(
            String(decoding: first.json, as: UTF8.self)
                == #"{"command_id":"e-\#(first.number)","number":\#(first.number),"status":"waiting"}"#)
        #expect(scene.desk.fingerprint() == (try scene.replayed().fingerprint()))
    }

    // MARK: What earlier versions stored

    private static let snapshot = """
        {"support_id":1,"user_id":1,"station_id":null,"type":"other","description":"x","status":"open",\
        "priority":"high","response":null,"rating":null,"assignee_id":null,\
        "created_at":"2025-01-12T10:30:01.800Z","updated_at":"2025-01-12T10:30:01.800Z","closed_at":null,\
        "user":{"user_id":1,"username":"john_driver","email":"driver@example.com","phone":"+65 1"},"station":null}
        """

    private func repeated(_ scene: Scene, digest: String, earlier: String?) throws -> CreationAnswer? {
        let key = try IdempotencyKey(key: "k", digest: digest, earlierDigest: earlier)
        let decision = try scene.desk.decide(
            .createTicket(TicketDraft(userID: 1, description: "x"), key: key), by: Scene.driver, now: scene.now)
        if case .repeated(let answer) = decision { return answer }
        return nil
    }

    @Test func `a key of an earlier version is honoured by its record`() throws {
        let scene = try Scene.furnished()
        let record = """
            {"seq":8,"at":"2025-01-12T10:30:01.800Z","by":1,"type":"ticket.created","ticket":\(Self.snapshot),\
            "changes":[],"idempotency":{"key":"k","digest":"old","ended":[]}}
            """
        scene.desk.apply(try Event(record: try JSONParser.parse(record)))
        #expect(try repeated(scene, digest: "new", earlier: "old")?.json == Array(Self.snapshot.utf8))
        #expect(throws: Refusal.self) { try repeated(scene, digest: "new", earlier: "another") }
        // Answers after it have numbers after it.
        let next = try #require(try event(.createStation(SwapStationDraft(name: "C")), "k", "stations", scene))
        #expect(next.keyed?.number == 2)
    }

    @Test func `a key of an earlier version is honoured by its document`() throws {
        let scene = try Scene.furnished()
        let document = """
            {"support_id":1,"user_id":1,"key":"k","digest":"old","at":"2025-01-12T10:30:01.800Z",\
            "ticket":\(Self.snapshot),"sequence":7}
            """
        let object = try #require(try JSONParser.parse(document).objectValue)
        try scene.desk.restore(DocumentPath(.idempotency, 1), object)
        let answer = try #require(try repeated(scene, digest: "new", earlier: "old"))
        #expect(answer.json == Array(Self.snapshot.utf8) && answer.number == 1)
        #expect(throws: DocumentFault.self) { try scene.desk.restore(DocumentPath(.idempotency, 2), object) }
    }
}
