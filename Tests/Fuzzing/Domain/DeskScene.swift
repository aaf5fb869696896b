import Bytes
import Crypto
import Domain
import JSON

/// A small desk with something of everything, made once. Inputs are tried on copies of it, and seeds come from it.
///
/// It is shared by tests that run at the same time, which is safe because nothing changes it once it is made.
struct DeskScene: @unchecked Sendable {
    static let time = Timestamp(milliseconds: 1_736_677_801_800)

    private(set) var desk = Desk()
    /// The records of all events so far.
    private(set) var records: [[UInt8]] = []

    /// Two swap stations, three users, two tickets with a history, and a fleet of one member with two open commands.
    static let furnished: DeskScene = {
        var scene = DeskScene()
        scene.decide(
            .createStation(SwapStationDraft(name: "Alpha", address: "1 Main St", latitude: 1.5, longitude: 103)))
        scene.decide(.createStation(SwapStationDraft(name: "Beta")))
        let people: [(String, Role, Identifier?)] = [
            ("ann", .admin, nil), ("sam", .stationStaff, 1), ("dee", .driver, nil),
        ]
        for (name, role, station) in people {
            let draft = UserDraft(
                username: name, email: "\(name)@example.com", phone: "+65 1", password: "password", role: role,
                stationID: station)
            scene.decide(.createUser(draft, passwordHash: "$y$hash-of-\(name)"))
        }
        let key = try? IdempotencyKey(key: "k", digest: "d")
        scene.decide(
            .createTicket(TicketDraft(userID: 3, description: "Jam", stationID: .set(1)), key: key), by: .user(3))
        scene.decide(.createTicket(TicketDraft(userID: 3, description: "Jam again"), key: nil), by: .user(3))
        scene.patch(1, ["status": "in_progress", "assignee_id": 2, "response": "On our way"])
        scene.patch(1, ["status": "closed"])
        scene.decide(.addComment(ticket: 1, CommentDraft(body: "Done", isInternal: true)), by: .user(1))
        scene.decide(.deleteTicket(2))
        scene.decide(.noteDelivered([1: 7, 3: 9]), by: .station)
        scene.decide(.markRead(.ids([8])), by: .user(3))
        scene.decide(.noteShipped(through: 9, remote: "r"), by: .station)
        let command: JSONValue = [
            "id": "c-5", "type": "ticket.update", "data": ["support_id": 1, "changes": ["priority": "low"]],
        ]
        scene.record(scene.desk.decide(CentralCommand(json: command.encoded(), number: 5, epoch: "c"), now: time))
        scene.administer(.addStation(7, name: "Seven", tokenDigest: Hex.encode(SHA256.hash([UInt8]("station-token")))))
        for data: JSONValue in [["support_id": 1], ["support_id": 2]] {
            if let draft = try? FleetCommandDraft(["type": "ticket.close", "data": data]) {
                scene.administer(.queue(7, draft))
            }
        }
        scene.administer(.markClock(7, offsetSeconds: 60))
        scene.ingest(FleetEvents.history)
        scene.decide(.createAnswer(CannedAnswerDraft(title: "Wait", body: "Please wait", language: .english)))
        scene.decide(.createAnswer(CannedAnswerDraft(title: "Chờ", body: "Xin chờ")))
        if let patch = try? CannedAnswerPatch(["language": "vi"]) { scene.decide(.updateAnswer(2, patch)) }
        scene.decide(.deleteAnswer(1))
        scene.decide(.createTicket(TicketDraft(userID: 3, description: "Third", priority: .urgent), key: nil))
        scene.decide(.escalateTicket(3, minutes: 15), by: .station)
        scene.decide(.changeLanguage(.vietnamese), by: .user(3))
        return scene
    }()

    /// All documents of the furnished scene.
    static let documents: [(path: DocumentPath, content: JSONObject)] = {
        var documents: [(path: DocumentPath, content: JSONObject)] = []
        furnished.desk.documents { documents.append(($0, $1)) }
        return documents
    }()

    private mutating func decide(_ command: Command, by caller: Caller = .operator) {
        if case .event(let event)? = try? desk.decide(command, by: caller, now: Self.time) { record(event) }
    }

    private mutating func patch(_ ticket: Identifier, _ body: JSONValue) {
        if let patch = try? TicketPatch(body) { decide(.updateTicket(ticket, patch), by: .user(1)) }
    }

    private mutating func administer(_ command: FleetAdministration) {
        let decision = try? desk.decide(command, by: .operator, epoch: "here", now: Self.time)
        if case .event(let event)? = decision { record(event) }
    }

    private mutating func ingest(_ events: [JSONValue]) {
        guard let station = desk.fleetMember(7), let batch = try? desk.batch(events, of: station) else { return }
        for (_, event) in batch.events {
            for change in desk.fleetChanges(for: event) { record(desk.fleetEvent(change, now: Self.time)) }
        }
    }

    private mutating func record(_ event: Event?) {
        guard let event else { return }
        records.append(event.record())
        desk.apply(event)
    }
}

/// CloudEvents that a member of the fleet reports.
enum FleetEvents {
    static let ticket: JSONObject = [
        "support_id": 1, "user_id": 3, "station_id": 1, "type": "battery_issue", "description": "Jam", "status": "open",
        "priority": "high", "response": nil, "rating": nil, "assignee_id": nil,
        "created_at": "2025-01-12T10:30:01.800Z",
        "updated_at": "2025-01-12T10:30:01.800Z", "closed_at": nil,
        "user": ["user_id": 3, "username": "dee", "email": "dee@example.com", "phone": nil],
        "station": [
            "station_id": 1, "name": "Alpha", "address": "", "latitude": 1.5, "longitude": nil, "status": "active",
        ],
    ]

    static let history: [JSONValue] = [
        event("ticket.created", 1, 0, ["by": 3, "ticket": .object(ticket), "changes": []]),
        event(
            "ticket.updated", 3, 1,
            [
                "by": "central", "ticket": .object(ticket),
                "changes": [["field": "priority", "from": "low", "to": "high"]],
                "command": ["id": "here-17", "number": 17, "epoch": "here"],
            ]),
        event(
            "ticket.commented", 4, 3,
            [
                "by": 1, "support_id": 1, "user_id": 3, "station_id": 1,
                "comment": [
                    "comment_id": 1, "user_id": 1, "username": "ann", "body": "Hm", "internal": false,
                    "created_at": "2025-01-12T10:30:01.800Z",
                ],
            ]),
        event(
            "command.refused", 5, 4,
            [
                "by": "central", "name": "x", "statusCode": 404, "error": "Not Found", "message": ["gone"],
                "command": ["id": "here-18", "number": 18, "epoch": "here"],
            ]),
        event("ticket.updated", 6, 5, ["by": 1, "ticket": [:]]),
    ]

    static let pass: [JSONValue] = [
        event("ticket.snapshot", 9, 6, ["snapshot": 9, "ticket": .object(ticket)], suffix: ".1"),
        event(
            "history.missing", 9, 6,
            ["from": 7, "through": 9, "snapshot": 9, "tickets": 1, "command": ["number": 18, "epoch": "here"]],
            suffix: ".missing"),
        event("ticket.deleted", 11, 9, ["by": 1, "ticket": .object(ticket), "changes": []]),
        event("ticket.created", 1, 0, ["by": 3, "ticket": .object(ticket), "changes": []], epoch: "second"),
    ]

    private static func event(
        _ type: String, _ sequence: Int, _ previous: Int, _ data: JSONObject, suffix: String = "",
        epoch: String = "first"
    ) -> JSONValue {
        func padded(_ number: Int) -> JSONValue {
            .string(String(repeating: "0", count: 20 - "\(number)".utf8.count) + "\(number)")
        }
        return [
            "specversion": "1.0", "id": .string("\(epoch)-\(sequence)\(suffix)"), "source": "/stations/7",
            "type": .string("support.\(type)"), "time": "2025-01-12T10:30:01.800Z", "subject": "tickets/1",
            "sequence": padded(sequence), "previous": padded(previous), "datacontenttype": "application/json",
            "data": .object(data),
        ]
    }
}
