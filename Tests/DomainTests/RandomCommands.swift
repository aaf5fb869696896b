import Bytes
import Generators
import JSON

@testable import Domain

/// Commands of all kinds by callers of all kinds. Most of them make sense.
struct RandomCommands {
    var generator: RepeatableGenerator

    /// Runs random commands while time passes, now and then backwards.
    mutating func run(_ count: Int, on scene: inout Scene) {
        for _ in 0..<count {
            scene.wait(milliseconds: Int64.random(in: -2_000...(roll(50) ? 40_000_000 : 5_000), using: &generator))
            if roll(12) {
                runCentral(on: &scene)
                continue
            }
            let command = command(for: scene.desk)
            let caller = caller(for: scene.desk)
            let key = roll(3) ? try? IdempotencyKey(key: "k\(id(12))", digest: "d\(id(3))", scope: "s\(id(3))") : nil
            _ = refusal { () throws(Refusal) in try scene.run(command, key: key, by: caller) }
        }
    }

    /// Runs a command of the central server; some come twice.
    private mutating func runCentral(on scene: inout Scene) {
        let number = UInt64.random(in: 1...60, using: &generator)
        let ticket = JSONValue.integer(Int64(ticket(scene.desk)))
        let email = JSONValue.string("u\(id(30))@example.com")
        switch Int.random(in: 0..<6, using: &generator) {
        case 0: scene.central(number, "ticket.close", ["support_id": ticket, "response": "r"])
        case 1: scene.central(number, "ticket.comment", ["support_id": ticket, "body": "b"])
        case 2: scene.central(number, "user.disable", ["email": email])
        case 3:
            scene.central(number, "user.upsert", ["email": email, "username": "c", "password_hash": "$y$abcdefg"])
        case 4: scene.central(number, "station.upsert", ["station_id": .integer(Int64(id(9))), "name": "S"])
        default: _ = try? scene.run(.noteShipped(through: number), by: .station)
        }
    }

    private mutating func roll(_ sides: Int) -> Bool { Int.random(in: 0..<sides, using: &generator) == 0 }

    private mutating func id(_ last: Int) -> Identifier {
        Identifier.random(in: 1...Identifier(max(1, last)), using: &generator)
    }

    private mutating func user(_ desk: Desk) -> Identifier { id(Int(desk.counters.nextUser)) }

    private mutating func station(_ desk: Desk) -> Identifier? { roll(4) ? nil : id(Int(desk.counters.nextStation)) }

    private mutating func ticket(_ desk: Desk) -> Identifier { id(Int(desk.counters.nextTicket)) }

    /// A text no longer than the rule of its field allows.
    private mutating func text(_ max: Int = TextLimits.stationNameMax) -> String {
        let texts = ["", "x", "Bat\u{0}tery \"é\"\n", "日本語 👍", String(repeating: "long ", count: 40)]
        return String((texts.randomElement(using: &generator) ?? "").prefix(max))
    }

    private mutating func pick<Word: CaseIterable>(_ type: Word.Type = Word.self) -> Word
    where Word.AllCases == [Word] {
        Word.allCases[Int.random(in: 0..<Word.allCases.count, using: &generator)]
    }

    private mutating func caller(for desk: Desk) -> Caller {
        switch Int.random(in: 0..<10, using: &generator) {
        case 0...2: .operator
        case 3: roll(2) ? .central : .station
        case 4, 5: .user(2)
        default: .user(user(desk))
        }
    }

    private mutating func command(for desk: Desk) -> Command {
        switch Int.random(in: 0..<44, using: &generator) {
        case 40: return .escalateTicket(ticket(desk), minutes: Int.random(in: 1...99, using: &generator))
        case 41: return .createAnswer(CannedAnswerDraft(title: text(), body: text(), language: roll(2) ? pick() : nil))
        case 42:
            let answer = id(Int(desk.counters.nextAnswer))
            guard !roll(4) else { return .deleteAnswer(answer) }
            var patch = CannedAnswerPatch()
            patch.body = .set(text())
            patch.language = .set(roll(2) ? pick() : nil)
            return .updateAnswer(answer, patch)
        case 43: return .changeLanguage(roll(2) ? pick() : nil)
        case 0..<9:
            let draft = TicketDraft(
                userID: user(desk), description: text(), stationID: roll(3) ? .keep : .set(station(desk)), type: pick(),
                priority: pick())
            let key = try? IdempotencyKey(key: "k\(id(12))", digest: "d\(id(3))")
            return .createTicket(draft, key: roll(2) ? key : nil)
        case 9..<22: return .updateTicket(ticket(desk), ticketPatch(desk))
        case 22, 23: return .deleteTicket(ticket(desk))
        case 24..<28: return .addComment(ticket: ticket(desk), CommentDraft(body: text(), isInternal: roll(2)))
        case 28, 29:
            return .createUser(
                UserDraft(
                    username: text(TextLimits.usernameMax), email: "u\(id(30))@example.com",
                    phone: roll(2) ? text(TextLimits.phoneMax) : nil, password: "", role: pick(),
                    stationID: roll(2) ? station(desk) : nil), passwordHash: "h\(id(9))")
        case 30, 31: return .updateUser(user(desk), userPatch(desk), passwordHash: roll(3) ? "h\(id(9))" : nil)
        case 32: return .deleteUser(user(desk))
        case 33: return .changePassword(passwordHash: "h\(id(9))")
        case 34:
            return .createStation(
                SwapStationDraft(name: text(), latitude: roll(2) ? 1.25 : nil, longitude: 2, status: pick()))
        case 35:
            var patch = StationPatch()
            patch.name = .set(text())
            patch.latitude = .set(roll(2) ? nil : -3.5)
            return .updateStation(id(Int(desk.counters.nextStation)), patch)
        case 36: return .markRead(.through(UInt64.random(in: 0...desk.nextSequence, using: &generator)))
        case 37:
            let cursors = (0..<4).map { _ in (user(desk), UInt64.random(in: 0...desk.nextSequence, using: &generator)) }
            return .noteDelivered(Dictionary(cursors) { max($0, $1) })
        default:
            return .markRead(.ids((0..<5).map { _ in UInt64.random(in: 0...desk.nextSequence, using: &generator) }))
        }
    }

    private mutating func ticketPatch(_ desk: Desk) -> TicketPatch {
        var patch = TicketPatch()
        if roll(2) { patch.status = .set(pick()) }
        if roll(3) { patch.response = .set(roll(4) ? nil : text()) }
        if roll(4) { patch.description = .set(text()) }
        if roll(5) { patch.priority = .set(pick()) }
        if roll(6) { patch.stationID = .set(station(desk)) }
        if roll(6) { patch.assigneeID = .set(roll(4) ? nil : user(desk)) }
        if roll(5) { patch.rating = .set(roll(4) ? nil : UInt8.random(in: 1...5, using: &generator)) }
        return patch
    }

    private mutating func userPatch(_ desk: Desk) -> UserPatch {
        var patch = UserPatch()
        if roll(2) { patch.phone = .set(text(TextLimits.phoneMax)) }
        if roll(3) { patch.email = .set("u\(id(30))@example.com") }
        if roll(4) { patch.isActive = .set(!roll(3)) }
        if roll(4) {
            let role: Role = pick()
            patch.role = .set(role)
            patch.stationID = role == .stationStaff ? .set(station(desk)) : .keep
        }
        return patch
    }
}
