import JSON
import Testing

@testable import Domain

@Suite struct FormTests {
    struct Case: CustomTestStringConvertible, Sendable {
        let body: JSONValue
        let faults: [String]
        var testDescription: String { body.text }
    }

    static let types = "type must be one of the following values: battery_issue, station_issue, other"
    static let statuses = "status must be one of the following values: open, in_progress, closed"
    static let priorities = "priority must be one of the following values: low, medium, high, urgent"
    static let roles = "role must be one of the following values: driver, station_staff, admin"
    static let description = [
        "description should not be empty", "description must be a string",
        "description must be shorter than or equal to 5000 characters",
    ]
    static let rating = [
        "rating must not be greater than 5", "rating must not be less than 1", "rating must be an integer number",
    ]

    static func long(_ count: Int) -> JSONValue { .string(String(repeating: "é", count: count)) }

    static let ticketDrafts: [Case] = [
        Case(body: ["user_id": 1, "description": "x"], faults: []),
        Case(body: ["user_id": 1.0, "description": "x", "type": nil, "priority": nil, "station_id": nil], faults: []),
        Case(body: ["user_id": 1, "description": long(5000)], faults: []),
        Case(body: ["user_id": 1, "description": long(5001)], faults: [description[2]]),
        Case(body: ["user_id": 1, "description": ""], faults: [description[0]]),
        Case(body: ["user_id": 1, "description": 7], faults: Array(description[1...])),
        Case(body: ["user_id": 1, "description": nil], faults: description),
        Case(body: [:], faults: ["user_id must be an integer number"] + description),
        Case(body: ["user_id": "1", "description": "x"], faults: ["user_id must be an integer number"]),
        Case(body: ["user_id": 1.5, "description": "x"], faults: ["user_id must be an integer number"]),
        Case(
            body: ["foo": 1, "user_id": 1, "description": "x", "type": "fire", "priority": "no", "bar": 2],
            faults: ["property foo should not exist", "property bar should not exist", types, priorities]),
        Case(
            body: ["user_id": 1, "description": "x", "station_id": "a", "type": 3],
            faults: ["station_id must be an integer number", types]),
        Case(body: [1], faults: ["body must be an object"]),
        Case(body: nil, faults: ["body must be an object"]),
        Case(body: "x", faults: ["body must be an object"]),
    ]

    @Test(arguments: ticketDrafts) func `every fault of a ticket is named`(_ example: Case) {
        expect(example) { body throws(Refusal) in _ = try TicketDraft(body) }
    }

    /// A million bytes of unknown fields must not be answered with three.
    @Test(arguments: [18, 20, 21, 50_000]) func `the first twenty faults are named, and the others counted`(
        _ count: Int
    ) {
        var members = JSONObject()
        for number in 0..<count { members["x\(number)"] = 1 }
        let faults = refused { () throws(Refusal) in _ = try LoginForm(.object(members)) }
        #expect(faults.count == 21)
        let all = (0..<count).map { "property x\($0) should not exist" } + Self.loginFaults
        #expect(Array(faults.prefix(20)) == Array(all.prefix(20)))
        #expect(faults.last == "there are \(all.count - 20) more faults")
    }

    @Test func `one fault more is told in the singular`() {
        var members = JSONObject()
        for number in 0..<17 { members["x\(number)"] = 1 }
        let faults = refused { () throws(Refusal) in _ = try LoginForm(.object(members)) }
        #expect(faults.count == 21 && faults.last == "there is 1 more fault")
    }

    private static let loginFaults = [
        "email must be an email", "password should not be empty", "password must be a string",
        "password must be shorter than or equal to 128 bytes",
    ]

    @Test func `long names of unknown fields are truncated`() {
        let name = String(repeating: "ế", count: 100)
        for (key, told) in [(name, name), (name + "x", name + "…"), (String(repeating: "x", count: 900_000), nil)] {
            let faults = refused { () throws(Refusal) in _ = try LoginForm(.object([key: 1])) }
            if let told { #expect(faults.first == "property \(told) should not exist") }
            #expect((faults.first?.utf8.count ?? 0) < 1000)
        }
    }

    private func refused(_ read: () throws(Refusal) -> Void) -> [String] {
        do {
            try read()
            return []
        } catch {
            return error.sentences
        }
    }

    static let ticketPatches: [Case] = [
        Case(body: [:], faults: []),
        Case(body: ["response": nil, "station_id": nil, "assignee_id": nil, "rating": nil], faults: []),
        Case(body: ["status": nil], faults: [statuses]),
        Case(body: ["description": nil], faults: description),
        Case(body: ["description": ""], faults: [description[0]]),
        Case(body: ["rating": 6], faults: [rating[0]]),
        Case(body: ["rating": 0], faults: [rating[1]]),
        Case(body: ["rating": 4.5], faults: [rating[2]]),
        Case(body: ["rating": "5"], faults: rating),
        Case(body: ["rating": true], faults: rating),
        Case(body: ["user_id": 2, "rating": 9], faults: ["property user_id should not exist", rating[0]]),
        Case(
            body: ["rating": 9, "type": "x", "status": "done", "response": 1],
            faults: [
                statuses, "response must be a string", "response must be shorter than or equal to 5000 characters",
                types, rating[0],
            ]),
    ]

    @Test(arguments: ticketPatches) func `every fault of a patch is named`(_ example: Case) {
        expect(example) { body throws(Refusal) in _ = try TicketPatch(body) }
    }

    @Test func `the short patches demand their one field`() {
        expect(Case(body: [:], faults: [Self.statuses])) { body throws(Refusal) in
            _ = try TicketPatch(statusBody: body)
        }
        expect(Case(body: ["rating": 3], faults: ["property rating should not exist", Self.statuses])) {
            body throws(Refusal) in _ = try TicketPatch(statusBody: body)
        }
        expect(Case(body: ["rating": nil], faults: Self.rating)) { body throws(Refusal) in
            _ = try TicketPatch(ratingBody: body)
        }
    }

    static let users: [Case] = [
        Case(body: ["username": "a", "email": "a@b.co", "password": "12345678"], faults: []),
        Case(
            body: ["username": "a", "email": "nobody", "password": "1234567", "role": "king", "active": 1],
            faults: [
                "email must be an email", "password must be longer than or equal to 8 characters", roles,
                "active must be a boolean value",
            ]),
        Case(
            body: ["username": "a", "email": "a@b.co", "password": "1234\u{0}5678"],
            faults: ["password must not contain the null character"]),
        Case(
            body: ["username": "a", "email": "a@b.co", "password": long(65)],
            faults: ["password must be shorter than or equal to 128 bytes"]),
        Case(
            body: ["username": "a\nb", "email": "a@b.co", "phone": "1\u{85}2", "password": "12345678"],
            faults: ["username must not contain control characters", "phone must not contain control characters"]),
        Case(
            body: ["username": "Zoë 😀", "email": "a@b.co", "phone": "+49 1", "password": "12345678"], faults: []),
        Case(
            body: ["id": 3],
            faults: [
                "property id should not exist", "username should not be empty", "username must be a string",
                "username must be shorter than or equal to 100 characters", "email must be an email",
                "password must be a string", "password must be longer than or equal to 8 characters",
                "password must be shorter than or equal to 128 bytes", "password must not contain the null character",
            ]),
    ]

    @Test(arguments: users) func `every fault of a user is named`(_ example: Case) {
        expect(example) { body throws(Refusal) in _ = try UserDraft(body) }
    }

    @Test func `every fault of the small forms is named`() {
        expect(
            Case(
                body: ["name": "A", "latitude": 91, "longitude": "x", "status": "off"],
                faults: [
                    "latitude must not be greater than 90", "longitude must not be greater than 180",
                    "longitude must not be less than -180",
                    "longitude must be a number conforming to the specified constraints",
                    "status must be one of the following values: active, inactive, maintenance",
                ])
        ) { body throws(Refusal) in _ = try SwapStationDraft(body) }
        expect(
            Case(
                body: ["name": nil],
                faults: [
                    "name should not be empty", "name must be a string",
                    "name must be shorter than or equal to 200 characters",
                ])
        ) { body throws(Refusal) in _ = try StationPatch(body) }
        expect(
            Case(
                body: ["internal": "yes"],
                faults: [
                    "body should not be empty", "body must be a string",
                    "body must be shorter than or equal to 5000 characters",
                    "internal must be a boolean value",
                ])
        ) { body throws(Refusal) in _ = try CommentDraft(body) }
        expect(
            Case(
                body: ["email": "a@b.co"],
                faults: [
                    "password should not be empty", "password must be a string",
                    "password must be shorter than or equal to 128 bytes",
                ])
        ) { body throws(Refusal) in _ = try LoginForm(body) }
        expect(
            Case(
                body: ["current_password": "x", "new_password": "short"],
                faults: [
                    "new_password must be longer than or equal to 8 characters"
                ])
        ) { body throws(Refusal) in _ = try PasswordChange(body) }
        expect(Case(body: ["read": false], faults: ["read must be equal to true"])) { body throws(Refusal) in
            _ = try ReadPatch(body)
        }
    }

    @Test func `a read form has either ids or the last one read`() throws {
        #expect(try ReadForm(["ids": ["e-1", "e-2"]]).mark(epoch: "e") == .ids([1, 2]))
        #expect(try ReadForm(["ids": ["e-1", "f-2"]]).mark(epoch: "e") == .ids([1]))
        #expect(try ReadForm(["through": "a-b-9"]).mark(epoch: "a-b") == .through(9))
        #expect(try ReadForm(["through": "old-9"]).mark(epoch: "e") == .ids([]))
        for body: JSONValue in [
            [:], nil, 3, ["ids": ["x"]], ["ids": "e-1"], ["ids": [1]], ["through": "-1"],
            ["through": "e-"], ["ids": [], "through": "e-1"], ["through": "e-99999999999999999999"],
        ] {
            #expect(refusal { () throws(Refusal) in try ReadForm(body) } != nil, "\(body)")
        }
    }

    private func expect(_ example: Case, _ parse: (JSONValue) throws(Refusal) -> Void) {
        let found = refusal { () throws(Refusal) in try parse(example.body) }
        #expect(found == (example.faults.isEmpty ? nil : .invalid(example.faults)))
    }
}
