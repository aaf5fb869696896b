import JSON
import Testing

@testable import Domain

/// The table of roles, cell by cell: each kind of caller does each thing to each kind of ticket.
@Suite struct StandingTests {
    enum Who: CaseIterable, Sendable { case driver, staff, admin, atTheMachine, central }

    /// Whose ticket it is and at which swap station, seen from the caller.
    enum Which: CaseIterable, Sendable { case own, othersHere, othersElsewhere, ownElsewhere }

    static let fields: [(name: String, value: JSONValue)] = [
        ("status", "in_progress"), ("response", "r"), ("description", "d"), ("type", "battery_issue"),
        ("priority", "low"), ("station_id", nil), ("assignee_id", 2), ("rating", 4),
    ]

    static func caller(_ who: Who) -> Caller {
        switch who {
        case .driver: Scene.driver
        case .staff: Scene.staff
        case .admin: Scene.admin
        case .atTheMachine: .operator
        case .central: .central
        }
    }

    /// A desk with one such ticket in this status.
    static func scene(_ who: Who, _ which: Which, _ status: TicketStatus) throws -> (Scene, Identifier) {
        var scene = try Scene.furnished()
        let isOwn = which == .own || which == .ownElsewhere
        let isHere = which == .own || which == .othersHere
        let user = isOwn ? caller(who).userID ?? 2 : 5
        let id = try scene.file(user: user, station: isHere ? 1 : 2, by: .operator)
        if status != .open { try scene.event(.updateTicket(id, try TicketPatch(["status": .string(status.rawValue)]))) }
        return (scene, id)
    }

    static func reads(_ who: Who, _ which: Which) -> Bool {
        switch who {
        case .driver: which == .own || which == .ownElsewhere
        case .staff: which != .othersElsewhere
        case .admin, .atTheMachine, .central: true
        }
    }

    /// The status code that the table has for a change of one field; 0 if the change is allowed.
    static func code(_ who: Who, _ which: Which, _ field: String, _ status: TicketStatus) -> Int {
        guard reads(who, which) else { return 404 }
        switch who {
        case .driver:
            guard field == "description" || field == "rating" else { return 403 }
            if field == "description" { return status == .open ? 0 : 403 }
            return status == .closed ? 0 : 400
        case .staff:
            guard which == .own || which == .othersHere else { return 403 }
            return ["status", "response", "priority", "assignee_id"].contains(field) ? 0 : 403
        case .admin, .atTheMachine, .central: return field == "rating" && status != .closed ? 400 : 0
        }
    }

    @Test(arguments: Who.allCases, Which.allCases)
    func `changing a ticket follows the table`(_ who: Who, _ which: Which) throws {
        for status in TicketStatus.allCases {
            let (scene, id) = try Self.scene(who, which, status)
            for (field, value) in Self.fields {
                let patch = try TicketPatch(.object([field: value]))
                let found = scene.refusal(of: .updateTicket(id, patch), by: Self.caller(who))
                #expect(
                    found?.statusCode ?? 0 == Self.code(who, which, field, status),
                    "\(field) of a ticket that is \(status)")
                if found?.statusCode == 403, which == .own {
                    #expect(found?.sentences.first?.contains(field) == true, "\(String(describing: found))")
                }
            }
        }
    }

    @Test(arguments: Who.allCases, Which.allCases) func `reading and deleting follow the table`(
        _ who: Who, _ which: Which
    ) throws {
        let (scene, id) = try Self.scene(who, which, .open)
        let caller = Self.caller(who)
        let reads = Self.reads(who, which)
        let missing: Refusal? = reads ? nil : .notFound("Support ticket not found")
        #expect(refusal { () throws(Refusal) in try scene.desk.ticket(id, for: caller) } == missing)
        #expect(refusal { () throws(Refusal) in try scene.desk.comments(of: id, for: caller) } == missing)
        #expect(refusal { () throws(Refusal) in try scene.desk.history(of: id, for: caller) } == missing)
        #expect(try scene.desk.tickets(TicketFilter(), for: caller).tickets.map(\.id) == (reads ? [id] : []))
        #expect(try scene.desk.tickets(TicketFilter(), for: caller).totalCount == (reads ? 1 : 0))
        #expect(try scene.desk.statistics(for: caller).total == (reads ? 1 : 0))
        #expect(scene.refusal(of: .addComment(ticket: id, CommentDraft(body: "x")), by: caller) == missing)
        let isAdmin = who != .driver && who != .staff
        #expect(scene.refusal(of: .deleteTicket(id), by: caller)?.statusCode ?? 0 == (isAdmin ? 0 : reads ? 403 : 404))
        #expect(scene.refusal(of: .deleteTicket(99), by: caller)?.statusCode == 404)
    }

    @Test(arguments: Who.allCases) func `creating follows the table`(_ who: Who) throws {
        let scene = try Scene.furnished()
        let caller = Self.caller(who)
        for user in [caller.userID ?? 2, 5] as [Identifier] {
            for station: Edit<Identifier?> in [.keep, .set(nil), .set(1), .set(2)] {
                let draft = TicketDraft(userID: user, description: "x", stationID: station)
                let allowed =
                    switch who {
                    case .driver: user == 1
                    case .staff: station == .keep || station == .set(1)
                    case .admin, .atTheMachine, .central: true
                    }
                let found = scene.refusal(of: .createTicket(draft, key: nil), by: caller)
                #expect(found?.statusCode ?? 0 == (allowed ? 0 : 403), "for \(user) at \(station)")
            }
        }
    }

    @Test(arguments: Who.allCases) func `only admins manage the desk`(_ who: Who) throws {
        let scene = try Scene.furnished()
        let caller = Self.caller(who)
        let code = who == .driver || who == .staff ? 403 : 0
        let user = UserDraft(username: "n", email: "n@example.com", password: "12345678")
        for command: Command in [
            .createUser(user, passwordHash: "h"), .updateUser(5, try UserPatch(["phone": "1"]), passwordHash: nil),
            .deleteUser(5), .createStation(SwapStationDraft(name: "C")),
            .updateStation(1, try StationPatch(["name": "D"])),
        ] {
            #expect(scene.refusal(of: command, by: caller)?.statusCode ?? 0 == code, "\(command)")
        }
        #expect(refusal { () throws(Refusal) in try scene.desk.users(for: caller) }?.statusCode ?? 0 == code)
        #expect(refusal { () throws(Refusal) in try scene.desk.user(1, for: caller) }?.statusCode ?? 0 == code)
        #expect(try scene.desk.stations(for: caller).map(\.name) == ["Alpha", "Beta"])
        #expect(try scene.desk.station(2, for: caller).name == "Beta")
    }

    @Test func `unknown and inactive users are refused`() throws {
        var scene = try Scene.furnished()
        try scene.event(.updateUser(1, try UserPatch(["active": false]), passwordHash: nil))
        for caller: Caller in [.user(1), .user(77), .user(0)] {
            #expect(scene.refusal(of: .deleteTicket(1), by: caller) == .unauthorized("Unauthorized"))
            #expect(
                refusal { () throws(Refusal) in try scene.desk.tickets(TicketFilter(), for: caller) }?.statusCode == 401
            )
        }
    }

    @Test func `internal comments are hidden from drivers`() throws {
        var scene = try Scene.furnished()
        let id = try scene.file()
        try scene.event(.addComment(ticket: id, CommentDraft(body: "on my way")), by: Scene.staff)
        try scene.event(.addComment(ticket: id, CommentDraft(body: "again him", isInternal: true)), by: Scene.staff)
        try scene.event(.addComment(ticket: id, CommentDraft(body: "thanks")), by: Scene.driver)
        #expect(try scene.desk.comments(of: id, for: Scene.driver).map(\.body) == ["on my way", "thanks"])
        #expect(try scene.desk.comments(of: id, for: Scene.admin).map(\.body) == ["on my way", "again him", "thanks"])
        #expect(
            scene.refusal(of: .addComment(ticket: id, CommentDraft(body: "x", isInternal: true)), by: Scene.driver)
                == .forbidden("Drivers may not write internal comments"))
    }
}
