import JSON
import Testing

@testable import Domain

/// Texts in which there is nothing to be seen.
@Suite struct BlankTextTests {
    /// White space of all sorts, and characters without width.
    static let blanks = [
        " ", "\t\r\n", "\u{85}", "\u{A0}", "\u{1680}", "\u{2000}\u{200A}", "\u{2028}\u{2029}", "\u{202F}", "\u{205F}",
        "\u{3000}", "\u{200B}", "\u{200C}\u{200D}", "\u{200E}\u{200F}", "\u{2060}", "\u{FEFF}", "\u{180E}", "\u{AD}",
        "\u{202A}\u{202E}", " \u{200B} \u{FEFF}\n", "\u{FE0F}", "\u{FE00}", "\u{E0100}", "\u{3164}", "\u{115F}\u{1160}",
        "\u{FFA0}", "\u{2800}", "\u{2800} \u{3164}\u{FE0F}", "\u{E0041}", "\u{34F}", "\u{61C}", "\u{180B}",
        "\u{FFF9}\u{FFFB}",
    ]

    private static func faults(_ read: () throws -> Void) -> [String] {
        do {
            try read()
            return []
        } catch {
            return (error as? Refusal)?.sentences ?? ["\(error)"]
        }
    }

    @Test(arguments: blanks) func `a text that must not be empty must not be blank either`(blank: String) {
        let text = JSONValue.string(blank)
        let forms: [(String, () throws -> Void)] = [
            ("description", { _ = try TicketDraft(["user_id": 1, "description": text]) }),
            ("description", { _ = try TicketPatch(["description": text]) }),
            ("body", { _ = try CommentDraft(["body": text]) }),
            ("body", { _ = try FleetCommandDraft(commenting: 1, ["body": text]) }),
            ("description", { _ = try FleetCommandDraft(updating: 1, ["description": text]) }),
        ]
        for (name, form) in forms { #expect(Self.faults(form) == ["\(name) should not be empty"]) }
    }

    @Test func `names must not be blank`() {
        let blank: JSONValue = " \u{200B}"
        let account: JSONObject = ["email": "a@b.de", "username": blank, "password": "12345678", "role": "driver"]
        let upsert: JSONObject = ["email": "a@b.de", "username": blank, "role": "driver"]
        let station: JSONObject = ["station_id": 1, "name": blank, "address": "a"]
        let forms: [(String, () throws -> Void)] = [
            ("username", { _ = try UserDraft(.object(account)) }),
            ("username", { _ = try UserPatch(["username": blank]) }),
            ("name", { _ = try SwapStationDraft(["name": blank]) }),
            ("name", { _ = try StationPatch(["name": blank]) }),
            ("username", { _ = try FleetCommandDraft(["type": "user.upsert", "data": .object(upsert)]) }),
            ("name", { _ = try FleetCommandDraft(["type": "station.upsert", "data": .object(station)]) }),
        ]
        for (name, form) in forms { #expect(Self.faults(form) == ["\(name) should not be empty"]) }
    }

    @Test func `a text that may be empty must not be of white space alone`() throws {
        let forms: [(String, (JSONValue) throws -> Void)] = [
            ("response", { _ = try TicketPatch(["response": $0]) }),
            ("address", { _ = try SwapStationDraft(["name": "a", "address": $0]) }),
            ("address", { _ = try StationPatch(["address": $0]) }),
            ("phone", { _ = try UserPatch(["phone": $0]) }),
            (
                "response",
                {
                    _ = try FleetCommandDraft(["type": "ticket.close", "data": ["support_id": 1, "response": $0]])
                }
            ),
        ]
        for (name, form) in forms {
            try form("")
            try form(.null)
            #expect(Self.faults { try form(" \u{3000}") } == ["\(name) should not consist of white space only"])
        }
    }

    @Test(arguments: ["x", ".", " a", "\u{200B}a", "\u{FFFD}", "\u{1F600}", "\u{301}", "\u{1F468}\u{200D}\u{1F469}"])
    func `a text with anything to be seen is accepted as it is`(text: String) throws {
        #expect(try CommentDraft(["body": .string(text)]).body == text)
    }

    @Test func `a password may be of spaces`() throws {
        let spaces: JSONValue = "        "
        #expect(try LoginForm(["email": "a@b.de", "password": spaces]).password == "        ")
        #expect(try PasswordChange(["current_password": " ", "new_password": spaces]).current == " ")
    }
}
