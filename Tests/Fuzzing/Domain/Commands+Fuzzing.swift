import Domain
import JSON

// The first byte chooses the caller and the kind of command. The rest is the JSON of a command or of a request's body.

extension FuzzMachine {
    private static let commandWords = [
        "\"id\":\"x\"", "\"type\":", "\"data\":{", "\"support_id\":1", "\"changes\":{", "\"status\":\"closed\"",
        "\"rating\":5", "\"email\":\"dee@example.com\"",
        "\"password_hash\":\"$y$j9T$salt$xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"", "\"station_id\":3",
        "\"latitude\":90", "\"role\":\"admin\"",
        "\"username\":", "\"active\":false", "\"phone\":null",
        "ticket.update", "ticket.close", "ticket.comment", "ticket.delete", "user.upsert", "user.disable",
        "station.upsert", "station.disable",
        "\"body\":\"b\"", "\"internal\":true", "\"ids\":[\"e-1\"]", "\"through\":\"e-9223372036854775807\"",
        "\"description\":\"d\"", "2000000000", "1e308", "-0",
    ]

    /// Commands of the central server and bodies of requests, decided by a desk with something of everything.
    static let centralCommands = FuzzMachine(
        "commands", words: commandWords,
        seeds: {
            let commands: [JSONValue] = [
                [
                    "id": "a", "type": "ticket.update",
                    "data": ["support_id": 1, "changes": ["status": "open", "rating": 3]],
                ],
                ["type": "ticket.close", "data": ["support_id": 1, "response": "x"]],
                ["id": "c", "type": "ticket.delete", "data": ["support_id": 1]],
                ["id": "d", "type": "ticket.comment", "data": ["support_id": 1, "body": "b", "internal": true]],
                [
                    "id": "e", "type": "user.upsert",
                    "data": [
                        "email": "new@example.com", "username": "n", "role": "driver",
                        "password_hash": "$y$j9T$salt$xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
                    ],
                ],
                [
                    "id": "f", "type": "user.upsert",
                    "data": ["email": "DEE@example.com", "role": "station_staff", "station_id": 2],
                ],
                ["id": "g", "type": "user.disable", "data": ["email": "sam@example.com"]],
                [
                    "id": "h", "type": "station.upsert",
                    "data": ["station_id": 2_000_000_000, "name": "x", "latitude": -90],
                ],
                ["id": "i", "type": "station.disable", "data": ["station_id": 2]],
                ["id": "j", "type": "later", "data": [:]], [:], nil, [1],
                ["type": "ticket.update", "data": ["support_id": -1, "changes": [:]]],
            ]
            let bodies: [(UInt8, JSONValue)] = [
                (1, ["user_id": 3, "description": "d", "station_id": nil, "type": "other", "priority": "urgent"]),
                (2, ["status": "closed", "assignee_id": nil]),
                (3, ["rating": 5]), (4, ["body": "b"]),
                (5, ["username": "u", "email": "u@example.com", "password": "12345678", "role": "admin"]),
                (6, ["active": false, "password": "12345678"]), (7, ["name": "n", "latitude": 1, "longitude": -180]),
                (8, ["status": "maintenance", "address": nil]),
                (9, ["ids": ["here-8", "here-9"]]), (9, ["through": "here-9223372036854775807"]),
                (10, ["after": "x-1", "limit": 1000, "unread": true]),
                (
                    11,
                    [
                        "type": "user.upsert",
                        "data": ["email": "a@b.c", "username": "n", "role": "driver", "password": "12345678"],
                    ]
                ), (12, ["read": true]),
                (13, ["email": "a@b.c", "password": "p"]), (14, ["current_password": "a", "new_password": "12345678"]),
            ]
            return commands.map { $0.encoded().prefixed(by: 0) } + bodies.map { $1.encoded().prefixed(by: $0) }
                + bodies.map { $1.encoded().prefixed(by: $0 | 32) }
        },
        body: { bytes in
            var input = FuzzInput(bytes)
            let choice = input.byte()
            let json = input.rest()
            let caller = [Caller.user(1), .user(2), .user(3), .operator][Int(choice >> 5) % 4]
            let desk = DeskScene.furnished.desk.copy()
            let event: Event?
            if choice & 31 == 0 {
                let command = CentralCommand(json: json, number: UInt64(choice >> 5) + 4, epoch: "c")
                event = desk.decide(command, now: DeskChecks.later)
                expect(event != nil || choice >> 5 < 2 || json.count > 8, "a new command makes an event")
            } else {
                guard let body = try? JSONParser.parse(json) else { return }
                event = decided(body, as: choice & 31, by: caller, at: desk)
            }
            guard let event else { return }
            DeskChecks.checkRecord(of: event)
            expect(event.sequence == desk.nextSequence, "an event has the next number")
            desk.apply(event)
            DeskChecks.check(desk)
            if choice & 31 == 0 {
                let again = CentralCommand(json: json, number: UInt64(choice >> 5) + 4, epoch: "c")
                expect(desk.decide(again, now: DeskChecks.later) == nil, "a command is carried out once")
            }
        })

    private static func decided(_ body: JSONValue, as kind: UInt8, by caller: Caller, at desk: Desk) -> Event? {
        do throws(Refusal) {
            switch kind {
            case 1:
                return event(
                    try desk.decide(.createTicket(try TicketDraft(body), key: nil), by: caller, now: DeskChecks.later))
            case 2:
                return event(
                    try desk.decide(.updateTicket(1, try TicketPatch(body)), by: caller, now: DeskChecks.later))
            case 3:
                return event(
                    try desk.decide(
                        .updateTicket(1, try TicketPatch(ratingBody: body)), by: caller, now: DeskChecks.later))
            case 4:
                let comment = try CommentDraft(body)
                return event(try desk.decide(.addComment(ticket: 1, comment), by: caller, now: DeskChecks.later))
            case 5:
                let draft = try UserDraft(body)
                return event(
                    try desk.decide(.createUser(draft, passwordHash: "$y$"), by: caller, now: DeskChecks.later))
            case 6:
                let patch = try UserPatch(body)
                return event(
                    try desk.decide(
                        .updateUser(2, patch, passwordHash: patch.password), by: caller, now: DeskChecks.later))
            case 7:
                return event(
                    try desk.decide(.createStation(try SwapStationDraft(body)), by: caller, now: DeskChecks.later))
            case 8:
                return event(
                    try desk.decide(.updateStation(1, try StationPatch(body)), by: caller, now: DeskChecks.later))
            case 9:
                let mark = try ReadForm(body).mark(epoch: "here")
                return event(try desk.decide(.markRead(mark), by: caller, now: DeskChecks.later))
            case 10:
                _ = try desk.inbox(try InboxFilter(body), epoch: "here", for: caller)
                return nil
            case 11:
                let draft = try FleetCommandDraft(body)
                return event(try desk.decide(.queue(7, draft), by: caller, epoch: "here", now: DeskChecks.later))
            case 12: _ = try ReadPatch(body)
            case 13: _ = try LoginForm(body)
            default: _ = try PasswordChange(body)
            }
            return nil
        } catch {
            expect((400...599).contains(error.statusCode), "a refusal has a status")
            var writer = JSONWriter()
            error.write(into: &writer)
            expect((try? JSONParser.parse(writer.bytes)) != nil, "a refusal is JSON")
            return nil
        }
    }

    private static func event(_ decision: Decision) -> Event? {
        if case .event(let event) = decision { event } else { nil }
    }

    // MARK: - Events of the fleet

    /// A batch of CloudEvents from a member of the fleet: an array, or a single event.
    static let fleetEvents = FuzzMachine(
        "fleet-events", bytesMax: 2048,
        words: stationWords + [
            "\"specversion\":\"1.0\"", "\"source\":\"/stations/7\"", "\"id\":\"first-9\"", "\"id\":\"second-1\"",
            "00000000000000000007", "09223372036854775807",
            "\"previous\":", "\"data\":{", "\"snapshot\":", "support.ticket.snapshot", "support.history.missing",
            "support.ticket.commented", "\"dataomitted\":true",
            "\"from\":", "\"comment\":{", "\"comments\":[", "\"history\":[", "\"ticket_sequence\":",
        ],
        seeds: {
            let events = FleetEvents.history + FleetEvents.pass
            return events.map { $0.encoded() } + [
                JSONValue.array(FleetEvents.history).encoded(), JSONValue.array(FleetEvents.pass).encoded(),
                JSONValue.array(Array(FleetEvents.pass[..<3])).encoded(),
                JSONValue.array([FleetEvents.pass[3]]).encoded(),
            ]
        },
        body: { bytes in
            guard let value = try? JSONParser.parse(bytes) else { return }
            let desk = DeskScene.furnished.desk.copy()
            guard let station = desk.fleetMember(7) else { return expect(false, "the member exists") }
            let elements = value.arrayValue ?? [value]
            let batch: FleetBatch
            do throws(FleetBatchFault) {
                batch = try desk.batch(elements, of: station)
            } catch {
                return
            }
            expect(batch.events.count + batch.duplicateCount == elements.count, "each event is new or known")
            for (index, event) in batch.events {
                _ = try? desk.mustHaveRoom(for: event, now: DeskChecks.later, bytesMax: 2000)
                _ = event.problem
                checkReduced(event)
                for change in desk.fleetChanges(for: event) {
                    let recorded = desk.fleetEvent(change, now: DeskChecks.later)
                    DeskChecks.checkRecord(of: recorded)
                    let embedded = recorded.record(embedding: elements[index].encoded()[...])
                    expect(embedded == recorded.record(), "the record embeds the event as received")
                    desk.apply(recorded)
                }
            }
            guard !batch.events.isEmpty, let after = desk.fleetMember(7) else { return }
            DeskChecks.check(desk)
            // The same batch again brings nothing new.
            let again = try? desk.batch(elements, of: after)
            expect(
                again?.events.allSatisfy { $0.event.cloudEvent["type"] == "support.ticket.snapshot" } ?? true,
                "received events are duplicates")
        })

    /// The reduced form of an event, kept if it is too large for a record, has the same place in the history.
    private static func checkReduced(_ event: FleetEvent) {
        let reduced = event.reduced
        let record = Event(
            sequence: 1_000, at: DeskChecks.later, by: .central, change: .fleet(.reported(reduced)))
        DeskChecks.checkRecord(of: record)
        expect(record.record().count < 8192, "a reduced event is small: \(record.record().count)")
        for name in ["id", "type", "sequence", "previous", "source"] {
            expect(reduced.cloudEvent[name] == event.cloudEvent[name], "a reduced event keeps its \(name)")
        }
    }
}
