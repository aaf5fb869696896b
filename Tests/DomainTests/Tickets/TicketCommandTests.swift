import Bytes
import JSON
import Testing

@testable import Domain

@Suite struct TicketCommandTests {
    @Test func `a ticket is written as in the contract`() throws {
        var scene = try Scene.furnished()
        let draft = TicketDraft(
            userID: 1, description: "Battery \"A\"", stationID: .set(1), type: .batteryIssue, priority: .urgent)
        let event = try scene.event(.createTicket(draft, key: nil), by: Scene.driver)
        let expected = #"""
            {"support_id":1,"user_id":1,"station_id":1,"type":"battery_issue","description":"Battery \"A\"",\#
            "status":"open","priority":"urgent","response":null,"rating":null,"assignee_id":null,\#
            "created_at":"2025-01-12T10:30:01.800Z","updated_at":"2025-01-12T10:30:01.800Z","closed_at":null,\#
            "user":{"user_id":1,"username":"john_driver","email":"driver@example.com","phone":"+65 1"},\#
            "station":{"station_id":1,"name":"Alpha","address":"1 Main St","latitude":1.5,\#
            "longitude":103.0,"status":"active"}}
            """#
        let ticket = try scene.desk.ticket(1, for: Scene.driver)
        #expect(text { scene.desk.write(ticket, into: &$0) } == expected)
        #expect(text { event.ticket?.write(into: &$0) } == expected)
        #expect(
            String(decoding: event.record(), as: UTF8.self)
                == #"""
                {"seq":8,"at":"2025-01-12T10:30:01.800Z","by":1,"type":"ticket.created",\#
                "ticket":\#(expected),"changes":[]}
                """#
        )
    }

    @Test func `the defaults are other and high`() throws {
        var scene = try Scene.furnished()
        try scene.event(.createTicket(try TicketDraft(["user_id": 1, "description": "x"]), key: nil), by: Scene.driver)
        #expect(scene.json(1)["type"] == "other" && scene.json(1)["priority"] == "high")
        #expect(scene.json(1)["station"]?.isNull == true && scene.json(1)["station_id"]?.isNull == true)
    }

    @Test func `staff create tickets at their own swap station by default`() throws {
        var scene = try Scene.furnished()
        try scene.event(.createTicket(try TicketDraft(["user_id": 5, "description": "x"]), key: nil), by: Scene.staff)
        #expect(scene.json(1)["station_id"] == 1)
    }

    @Test func `a missing user or swap station is named`() throws {
        let scene = try Scene.furnished()
        func create(_ body: JSONValue, by caller: Caller) throws -> Refusal? {
            scene.refusal(of: .createTicket(try TicketDraft(body), key: nil), by: caller)
        }
        #expect(try create(["user_id": 9, "description": "x"], by: Scene.admin) == .notFound("User not found"))
        #expect(try create(["user_id": -1, "description": "x"], by: Scene.admin) == .notFound("User not found"))
        #expect(
            try create(["user_id": 18_000_000_000, "description": "x"], by: Scene.admin) == .notFound("User not found"))
        #expect(
            try create(["user_id": 1, "description": "x", "station_id": 9], by: Scene.driver)
                == .notFound("Station not found"))
        #expect(try create(["user_id": 9, "description": "x"], by: Scene.driver)?.statusCode == 403)
        #expect(
            scene.refusal(of: .updateTicket(1, TicketPatch()), by: Scene.admin) == .notFound("Support ticket not found")
        )
    }

    @Test func `closing sets time and rating, and reopening removes them`() throws {
        var scene = try Scene.furnished()
        let id = try scene.file()
        scene.wait(milliseconds: 1000)
        _ = try scene.patch(id, by: Scene.staff, ["status": "closed", "response": "done"])
        #expect(scene.json(id)["closed_at"] == "2025-01-12T10:30:02.800Z")
        #expect(scene.json(id)["updated_at"] == "2025-01-12T10:30:02.800Z")
        #expect(scene.json(id)["created_at"] == "2025-01-12T10:30:01.800Z")
        scene.wait(milliseconds: 1000)
        _ = try scene.patch(id, by: Scene.driver, ["rating": 5])
        #expect(scene.json(id)["rating"] == 5 && scene.json(id)["closed_at"] == "2025-01-12T10:30:02.800Z")
        _ = try scene.patch(id, by: Scene.staff, ["status": "open"])
        #expect(scene.json(id)["rating"] == nil as JSONValue? || scene.json(id)["rating"] == .null)
        #expect(scene.json(id)["closed_at"] == .null)
        #expect(
            scene.refusal(of: .updateTicket(id, try TicketPatch(["rating": 3])), by: Scene.driver)
                == .badRequest("Only closed tickets can be rated"))
        _ = try scene.patch(id, by: Scene.admin, ["status": "closed", "rating": 2])
        #expect(scene.json(id)["rating"] == 2)
    }

    @Test func `a patch that changes nothing is no event`() throws {
        var scene = try Scene.furnished()
        let id = try scene.file()
        let before = scene.desk.fingerprint()
        for body: JSONValue in [[:], ["status": "open"], ["priority": "high", "response": nil, "rating": nil]] {
            #expect(try scene.patch(id, by: Scene.admin, body) == .unchanged)
        }
        #expect(scene.desk.fingerprint() == before)
    }

    @Test func `assignees must be active admins or staff`() throws {
        var scene = try Scene.furnished()
        let id = try scene.file()
        try scene.event(.updateUser(4, try UserPatch(["active": false]), passwordHash: nil))
        for user: JSONValue in [1, 4, 99, 0, -7] {
            #expect(
                scene.refusal(of: .updateTicket(id, try TicketPatch(["assignee_id": user])), by: Scene.admin)
                    == .notFound("Assignee not found"))
        }
        _ = try scene.patch(id, by: Scene.staff, ["assignee_id": 3])
        _ = try scene.patch(id, by: Scene.staff, ["assignee_id": 2])
        #expect(scene.json(id)["assignee_id"] == 2)
        _ = try scene.patch(id, by: Scene.staff, ["assignee_id": nil])
        #expect(scene.json(id)["assignee_id"] == .null)
    }

    @Test func `the history tells who changed what and when`() throws {
        var scene = try Scene.furnished()
        let id = try scene.file(by: .operator)
        scene.wait(milliseconds: 5)
        _ = try scene.patch(id, by: Scene.admin, ["status": "in_progress", "priority": "low", "station_id": 2])
        _ = try scene.patch(id, by: Scene.otherStaff, ["response": "ok"])
        let desk = scene.desk
        let history = written { writer in
            writer.beginArray()
            for row in try desk.history(of: id, for: Scene.driver) { row.write(into: &writer) }
            writer.endArray()
        }
        let at: JSONValue = "2025-01-12T10:30:01.805Z"
        func entry(_ user: JSONValue, _ name: JSONValue, _ field: JSONValue, _ from: JSONValue, _ to: JSONValue)
            -> JSONValue
        {
            ["user_id": user, "username": name, "at": at, "field": field, "from": from, "to": to]
        }
        #expect(
            history == [
                [
                    "user_id": nil, "username": "operator", "at": "2025-01-12T10:30:01.800Z", "field": "created",
                    "from": nil,
                    "to": "open",
                ],
                entry(2, "ann_admin", "station_id", 1, 2), entry(2, "ann_admin", "status", "open", "in_progress"),
                entry(2, "ann_admin", "priority", "high", "low"), entry(4, "tom_staff", "response", nil, "ok"),
            ])
        #expect(
            history.arrayValue?.first?.objectValue?.map(\.key) == ["user_id", "username", "at", "field", "from", "to"])
    }

    @Test func `a clock that is set back does not set a ticket's times back`() throws {
        var scene = try Scene.furnished()
        let id = try scene.file()
        scene.now = Timestamp(milliseconds: 0)
        let event = try scene.event(.updateTicket(id, try TicketPatch(["status": "closed"])), by: Scene.admin)
        #expect(scene.json(id)["updated_at"] == "2025-01-12T10:30:01.800Z")
        #expect(scene.json(id)["closed_at"] == "2025-01-12T10:30:01.800Z")
        #expect(event.at.iso8601 == "2025-01-12T10:30:01.800Z")
        try scene.event(.addComment(ticket: id, CommentDraft(body: "x")), by: Scene.admin)
        #expect(scene.desk.tickets[id]?.comments.first?.createdAt.iso8601 == "2025-01-12T10:30:01.800Z")
    }

    @Test func `numbers are never used again`() throws {
        var scene = try Scene.furnished()
        #expect(try scene.file() == 1)
        #expect(try scene.file() == 2)
        let deleted = try scene.event(.deleteTicket(2), by: Scene.admin)
        #expect(deleted.ticket?.ticket.id == 2)
        scene.desk = try scene.replayed()
        #expect(try scene.file() == 3)
        try scene.event(.deleteUser(5))
        try scene.addUser("new", "new@example.com", .driver)
        #expect(scene.desk.user(withEmail: "new@example.com")?.id == 6)
    }

    @Test func `the entity tag changes with every part of the answer`() throws {
        var scene = try Scene.furnished()
        let id = try scene.file()
        var tags: Set<String> = []
        func note() throws { tags.insert(scene.desk.entityTag(of: try scene.desk.ticket(id, for: .operator))) }
        try note()
        #expect(tags == ["t8.u3.s1"])
        _ = try scene.patch(id, by: Scene.admin, ["priority": "low"])
        try note()
        try scene.event(.updateUser(1, try UserPatch(["phone": "2"]), passwordHash: nil))
        try note()
        try scene.event(.updateStation(1, try StationPatch(["status": "maintenance"])))
        try note()
        #expect(tags.count == 4)
        try scene.event(.addComment(ticket: id, CommentDraft(body: "not for the driver", isInternal: true)))
        try note()
        #expect(tags.count == 4)
        try scene.event(.addComment(ticket: id, CommentDraft(body: "which sets updated_at")))
        try note()
        #expect(tags.count == 5)
    }

    @Test func `comments and history are bounded`() throws {
        var scene = try Scene.furnished()
        let id = try scene.file()
        let long = String(repeating: "\u{1F600}", count: 5000)
        var count = 0
        while scene.refusal(of: .addComment(ticket: id, CommentDraft(body: long)), by: Scene.admin) == nil {
            try scene.event(.addComment(ticket: id, CommentDraft(body: long)), by: Scene.admin)
            count += 1
        }
        #expect(count == 52)
        for round in 0..<100 {
            _ = try scene.patch(id, by: Scene.admin, ["description": .string(long + "\(round)").prefix(5000)])
        }
        #expect(scene.desk.tickets[id]?.historyStored?.count == 13)
        #expect(scene.desk.fingerprint() == (try scene.replayed().fingerprint()))
    }
}

extension JSONValue {
    fileprivate func prefix(_ count: Int) -> JSONValue {
        .string(String(stringValue?.reversed().prefix(count).reversed() ?? []))
    }
}
