import JSON
import Testing

@testable import Domain

@Suite struct FleetCommandTests {
    private func stage() throws -> (central: Scene, station: ReportingStation) {
        var station = ReportingStation(scene: try Scene.furnished(), number: 7)
        try station.scene.file("one")
        var central = try Scene.central(7)
        try central.ingest(try station.events(), of: 7)
        return (central, station)
    }

    @Test func `only admins give commands to the fleet`() throws {
        let (central, _) = try stage()
        let draft = FleetCommandDraft(deleting: 1)
        for caller in [Scene.driver, Scene.staff] {
            let refused = refusal { () throws(Refusal) in
                try central.desk.decide(.queue(7, draft), by: caller, epoch: "e", now: central.now)
            }
            #expect(refused?.statusCode == 403)
        }
    }

    @Test func `a command waits until its outcome arrives`() throws {
        var (central, station) = try stage()
        let close = try central.queue(["type": "ticket.close", "data": ["support_id": 1, "response": "ok"]], for: 7)
        let delete = try central.queue(["type": "ticket.delete", "data": ["support_id": 1]], for: 7)
        let disable = try central.queue(["type": "user.disable", "data": ["email": " a@b.cd\n"]], for: 7)
        #expect(close.id == "central-\(close.number)")
        #expect(central.desk.fleetCommands(waitingFor: 7, after: 0).map(\.id) == [close.id, delete.id, disable.id])
        #expect(central.desk.fleetCommands(waitingFor: 7, after: close.number).map(\.id) == [delete.id, disable.id])
        // Applied: the event of the change names the command.
        _ = try station.scene.patch(1, by: .central, ["status": "closed", "response": "ok"])
        var event = try #require(try station.events(behind: 8).first?.objectValue)
        var data = try #require(event["data"]?.objectValue)
        data["command"] = ["id": .string(close.id)]
        event["data"] = .object(data)
        try central.ingest([.object(event)], of: 7)
        try central.expectTickets(of: station)
        // Refused and unchanged: these are events of their own.
        let refused: JSONObject = [
            "by": "central", "command": ["id": .string(delete.id)], "name": "ticket.delete", "statusCode": 404,
            "error": "Not Found", "message": "Support ticket not found",
        ]
        try central.ingest([station.event("command.refused", refused, behind: 9)], of: 7)
        let unchanged: JSONObject = ["by": "central", "command": ["id": .string(disable.id)], "name": "user.disable"]
        try central.ingest([station.event("command.unchanged", unchanged, behind: 10)], of: 7)
        #expect(central.desk.fleetCommandsWaitingCount(for: 7) == 0)
        // A refusal without a reason counts too.
        let last = try central.queue(["type": "ticket.delete", "data": ["support_id": 1]], for: 7)
        let bare: JSONObject = ["by": "central", "command": ["id": .string(last.id)], "statusCode": "none"]
        try central.ingest([station.event("command.refused", bare, behind: 11)], of: 7)
        #expect(try central.desk.fleetCommand(last.number, of: 7).outcome?.status == .refused)
        let texts = try central.desk.fleetCommands(of: 7).map { command in text { command.write(into: &$0) } }
        #expect(texts.count == 4)
        #expect(texts[1].contains(#""status":"unchanged""#) && texts[3].contains(#""status":"applied""#))
        #expect(texts[2].contains(#""status":"refused","statusCode":404,"message":"Support ticket not found""#))
    }

    @Test func `the outcome of an unknown command is ignored`() throws {
        var (central, station) = try stage()
        let command = try central.queue(["type": "ticket.delete", "data": ["support_id": 1]], for: 7)
        let strangers = ["central-1", "other-\(command.number)", "", "x", "central-99999999999999999999"]
        for (offset, id) in strangers.enumerated() {
            let data: JSONObject = ["by": "central", "command": ["id": .string(id)], "name": "x"]
            try central.ingest([station.event("command.unchanged", data, behind: 8 + UInt64(offset))], of: 7)
        }
        #expect(central.desk.fleetCommandsWaitingCount(for: 7) == 1)
        #expect(try central.replayed().dump() == central.desk.dump())
    }

    @Test func `the number of waiting commands is bounded`() throws {
        var (central, _) = try stage()
        let body: JSONValue = ["type": "ticket.delete", "data": ["support_id": 1]]
        for _ in 0..<FleetLimits.waitingCommandsMax { _ = try central.queue(body, for: 7) }
        let draft = try FleetCommandDraft(body)
        let refused = refusal { () throws(Refusal) in try central.run(fleet: .queue(7, draft)) }
        #expect(refused?.statusCode == 429)
        #expect(refused?.sentences.first?.hasPrefix("1000 commands wait for station 7") == true)
        #expect(central.desk.fleetCommands(waitingFor: 7, after: 0).count == FleetLimits.commandsPerAnswerMax)
    }

    @Test func `the bytes of waiting commands are bounded`() throws {
        var (central, _) = try stage()
        let comment = String(repeating: "é", count: 5000)
        let body: JSONValue = ["type": "ticket.comment", "data": ["support_id": 1, "body": .string(comment)]]
        let draft = try FleetCommandDraft(body)
        var count = 0
        while refusal({ () throws(Refusal) in try central.run(fleet: .queue(7, draft)) }) == nil { count += 1 }
        #expect(count == FleetLimits.waitingCommandBytesMax / (10_000 + 60) || (400...420).contains(count))
    }

    @Test func `a finished command makes room for others`() throws {
        var (central, station) = try stage()
        let comment = String(repeating: "é", count: 5000)
        let body: JSONValue = ["type": "ticket.comment", "data": ["support_id": 1, "body": .string(comment)]]
        var previous: UInt64 = 8
        // One after the other, more bytes than may wait at once.
        for _ in 0..<450 {
            let command = try central.queue(body, for: 7)
            let data: JSONObject = ["by": "central", "command": ["id": .string(command.id)], "name": "x"]
            try central.ingest([station.event("command.unchanged", data, behind: previous)], of: 7)
            previous += 1
        }
        #expect(central.desk.fleet.commands[7]?.waitingBytes == 0)
        // The bytes of finished commands are bounded too.
        let kept = try central.desk.fleetCommands(of: 7)
        #expect(kept.count <= FleetLimits.finishedCommandsMax)
        #expect(kept.reduce(0) { $0 + $1.dataBytes } <= FleetLimits.finishedCommandBytesMax)
    }

    @Test func `only the last finished commands are kept`() throws {
        var (central, station) = try stage()
        var previous: UInt64 = 8
        for _ in 0..<(FleetLimits.finishedCommandsMax + 5) {
            let command = try central.queue(["type": "ticket.delete", "data": ["support_id": 1]], for: 7)
            let data: JSONObject = ["by": "central", "command": ["id": .string(command.id)], "name": "x"]
            try central.ingest([station.event("command.unchanged", data, behind: previous)], of: 7)
            previous += 1
        }
        #expect(try central.desk.fleetCommands(of: 7).count == FleetLimits.finishedCommandsMax)
    }

    static let refusedBodies: [(JSONValue, String)] = [
        (["type": "ticket.explode", "data": [:]], "type must be one of the following values: ticket.update"),
        (["type": "ticket.delete"], "data must be an object"),
        (["type": "ticket.delete", "data": ["support_id": "x"]], "support_id must be an integer number"),
        (["type": "ticket.delete", "data": ["support_id": 1, "now": true]], "property now should not exist"),
        (["type": "ticket.update", "data": ["support_id": 1]], "changes must be an object"),
        (
            ["type": "ticket.update", "data": ["support_id": 1, "changes": ["status": "done"]]],
            "status must be one of the following values"
        ),
        (["type": "ticket.comment", "data": ["support_id": 1]], "body should not be empty"),
        (["type": "user.upsert", "data": ["email": "a@b.cd"]], "username should not be empty"),
        (
            [
                "type": "user.upsert",
                "data": ["email": "a@b.cd", "username": "x", "role": "driver", "password_hash": "$y$"],
            ],
            "property password_hash should not exist"
        ),
        (
            [
                "type": "user.upsert",
                "data": ["email": "a@b.cd", "username": "x", "role": "driver", "password": "short"],
            ],
            "password must be longer"
        ),
        (["type": "user.disable", "data": ["email": "x"]], "email must be an email"),
        (["type": "station.upsert", "data": ["station_id": 1, "name": "A"]], "address must be a string"),
        ("x", "body must be an object"),
    ]

    @Test(arguments: refusedBodies) func `a malformed command is refused`(_ body: JSONValue, _ sentence: String) {
        let refused = refusal { () throws(Refusal) in try FleetCommandDraft(body) }
        #expect(refused?.statusCode == 400)
        #expect(refused?.sentences.contains { $0.hasPrefix(sentence) } == true, "\(refused?.sentences ?? [])")
    }

    @Test func `a password is not part of the data`() throws {
        let draft = try FleetCommandDraft([
            "type": "user.upsert",
            "data": ["email": "a@b.cd", "username": "x", "role": "driver", "password": "long enough"],
        ])
        #expect(draft.password == "long enough" && draft.data["password"] == nil)
        var (central, _) = try stage()
        var hashed = draft
        hashed.password = nil
        hashed.data["password_hash"] = "$y$secret"
        guard case .event(let event) = try central.run(fleet: .queue(7, hashed)),
            case .fleet(.commandQueued(let command)) = event.change
        else { throw Unexpected(text: "not queued") }
        #expect(command.data["password_hash"] == "$y$secret")
        #expect(!text { command.write(into: &$0) }.contains("secret"))
    }

    @Test func `a removed station gets no commands`() throws {
        var (central, _) = try stage()
        func status(_ id: Identifier, _ ticket: Identifier) -> Int? {
            refusal { () throws(Refusal) in
                try central.desk.decide(
                    .queue(id, FleetCommandDraft(deleting: ticket)), by: Scene.admin, epoch: "e", now: central.now)
            }?.statusCode
        }
        // A ticket that is not here may be at the station.
        #expect(status(7, 1) == nil && status(7, 2) == nil && status(9, 1) == 404)
        try central.run(fleet: .removeStation(7))
        #expect(status(7, 1) == 409)
        // Its tickets stay.
        #expect(try central.desk.fleetTicket(1, of: 7).id == 1)
    }

    @Test func `a station is added once and can come back`() throws {
        var central = try Scene.central(7)
        func code(_ command: FleetAdministration) -> Int? {
            refusal { () throws(Refusal) in try central.run(fleet: command) }?.statusCode
        }
        #expect(code(.addStation(7, name: nil, tokenDigest: "x")) == 409)
        #expect(code(.renewToken(7, tokenDigest: "y")) == nil)
        #expect(central.desk.fleetMember(7)?.tokenDigest == "y")
        #expect(code(.removeStation(7)) == nil && code(.removeStation(7)) == 409)
        #expect(code(.renewToken(7, tokenDigest: "z")) == 409 && code(.renewToken(8, tokenDigest: "z")) == 404)
        #expect(central.desk.fleetMember(7)?.isRemoved == true)
        #expect(code(.addStation(7, name: nil, tokenDigest: "w")) == nil)
        #expect(central.desk.fleetMember(7)?.isRemoved == false && central.desk.fleetMember(7)?.name == "Station 7")
        #expect(code(.addStation(0, name: nil, tokenDigest: "w")) == 400)
    }

    @Test func `a clock is marked wrong once and right once`() throws {
        var central = try Scene.central(7)
        for (offset, isNews) in [
            (5, false), (-6, true), (60, false), (-5, false), (3, false), (-2, true), (0, false), (4, false), (6, true),
            (.min, false), (0, true), (.min, true),
        ] as [(Int64, Bool)] {
            let decision = try central.run(fleet: .markClock(7, offsetSeconds: offset))
            #expect((decision != .unchanged) == isNews, "\(offset)")
        }
        #expect(central.desk.fleetMember(7)?.isClockWrong == true)
    }
}
