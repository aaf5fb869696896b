import Bytes
import JSON
import Testing

@testable import Domain

/// A desk with a journal: every event passes through the text of its record before it is applied.
struct Scene {
    var desk = Desk()
    var records: [[UInt8]] = []
    var now = Timestamp(milliseconds: 1_736_677_801_800)  // 2025-01-12T10:30:01.800Z

    /// A desk with the swap stations 1 and 2, and with the users below.
    static func furnished() throws -> Scene {
        var scene = Scene()
        try scene.event(
            .createStation(SwapStationDraft(name: "Alpha", address: "1 Main St", latitude: 1.5, longitude: 103)))
        try scene.event(.createStation(SwapStationDraft(name: "Beta")))
        let staff = Role.stationStaff
        try scene.addUser("john_driver", "driver@example.com", .driver, phone: "+65 1")
        try scene.addUser("ann_admin", "admin@example.com", .admin)
        try scene.addUser("sam_staff", "staff@example.com", staff, station: 1)
        try scene.addUser("tom_staff", "tom@example.com", staff, station: 2)
        try scene.addUser("jane_driver", "jane@example.com", .driver)
        return scene
    }

    static let driver = Caller.user(1)
    static let admin = Caller.user(2)
    static let staff = Caller.user(3)
    static let otherStaff = Caller.user(4)
    static let otherDriver = Caller.user(5)

    mutating func addUser(
        _ name: String, _ email: String, _ role: Role, station: Identifier? = nil, phone: String? = nil
    ) throws {
        let draft = UserDraft(
            username: name, email: email, phone: phone, password: "password", role: role, stationID: station)
        try event(.createUser(draft, passwordHash: "$y$hash-of-\(name)"))
    }

    /// Decides a command. If that leads to an event, writes its record, reads it back and applies it.
    @discardableResult
    mutating func run(
        _ command: Command, key: IdempotencyKey? = nil, by caller: Caller = .operator
    ) throws(Refusal) -> Decision {
        let decision = try desk.decide(command, key: key, by: caller, now: now)
        if case .event(let event) = decision { apply(event) }
        return decision
    }

    mutating func apply(_ event: Event) {
        let record = event.record()
        records.append(record)
        do {
            let read = try Event(record: try JSONParser.parse(record))
            #expect(
                read == event, "the record does not give the same event: \(String(decoding: record, as: UTF8.self))")
            desk.apply(read)
        } catch {
            Issue.record("unreadable record: \(error) in \(String(decoding: record, as: UTF8.self))")
        }
    }

    /// Runs a command of the central server; nil if it was handled before.
    @discardableResult
    mutating func central(_ number: UInt64, _ type: String, _ data: JSONValue, epoch: String = "c") -> Event? {
        let json: JSONValue = ["id": .string("\(epoch)-\(number)"), "type": .string(type), "data": data]
        let command = CentralCommand(json: json.encoded(), number: number, epoch: epoch)
        guard let event = desk.decide(command, now: now) else { return nil }
        apply(event)
        return event
    }

    /// Runs a command that must lead to an event.
    @discardableResult
    mutating func event(_ command: Command, by caller: Caller = .operator) throws -> Event {
        guard case .event(let event) = try run(command, by: caller) else {
            throw Unexpected(text: "\(command) led to no event")
        }
        return event
    }

    /// Creates a ticket and returns its number.
    @discardableResult
    mutating func file(
        _ text: String = "Battery does not lock", user: Identifier = 1, station: Identifier? = 1,
        by caller: Caller? = nil
    ) throws -> Identifier {
        let draft = TicketDraft(userID: user, description: text, stationID: .set(station))
        let event = try event(.createTicket(draft, key: nil), by: caller ?? .user(user))
        return event.ticket?.ticket.id ?? 0
    }

    mutating func patch(_ id: Identifier, by caller: Caller, _ body: JSONValue) throws(Refusal) -> Decision {
        try run(.updateTicket(id, try TicketPatch(body)), by: caller)
    }

    /// The refusal of a command; nil if it is not refused.
    func refusal(of command: Command, by caller: Caller) -> Refusal? {
        do {
            _ = try desk.decide(command, by: caller, now: now)
            return nil
        } catch {
            return error
        }
    }

    /// Lets time pass, by both clocks.
    mutating func wait(milliseconds: Int64) {
        setClock(byMilliseconds: milliseconds)
        desk.advance(toRunning: desk.running + milliseconds)
    }

    /// Sets the time of day forward or back.
    mutating func setClock(byMilliseconds milliseconds: Int64) { now = now.advanced(byMilliseconds: milliseconds) }

    func replayed() throws -> Desk {
        let desk = Desk()
        for record in records { desk.apply(try Event(record: try JSONParser.parse(record))) }
        return desk
    }

    func json(_ id: Identifier) -> JSONValue {
        guard let ticket = desk.tickets[id] else { return .null }
        return written { desk.write(ticket, into: &$0) }
    }
}

struct Unexpected: Error {
    let text: String
}

/// The JSON that `write` writes, read back.
func written(_ write: (inout JSONWriter) throws -> Void) -> JSONValue {
    var writer = JSONWriter()
    do {
        try write(&writer)
        return try JSONParser.parse(writer.bytes)
    } catch {
        Issue.record("not written: \(error)")
        return .null
    }
}

func text(_ write: (inout JSONWriter) -> Void) -> String {
    var writer = JSONWriter()
    write(&writer)
    return String(decoding: writer.bytes, as: UTF8.self)
}

/// The refusal that `body` throws; nil if it throws none.
func refusal<Result>(_ body: () throws(Refusal) -> Result) -> Refusal? {
    do {
        _ = try body()
        return nil
    } catch {
        return error
    }
}
