import Foundation
import Generators
import JSON

/// A connection that writes without pause and remembers every answer, which must be true after any crash.
///
/// Each writer changes only tickets that it filed itself, one request at a time. So it always knows what may have
/// happened: every answered request, and perhaps the one that was not answered.
final class TicketWriter: @unchecked Sendable {
    /// A ticket as the last answer showed it.
    struct Known {
        var ticket: JSONValue
        var comments: [String] = []
    }

    /// A request whose answer is pending.
    enum Attempt {
        case create(description: String, key: String?)
        case change(Int64, response: String)
        case comment(Int64, body: String)
        case delete(Int64)
    }

    let name: String
    private let token: String
    /// The pause between two requests.
    private let pauseMicros: UInt32
    private var generator: RepeatableGenerator
    private var count = 0
    private var touched: Set<Int64> = []
    private var pending: Attempt?

    private(set) var known: [Int64: Known] = [:]
    private(set) var deleted: Set<Int64> = []
    private(set) var answeredCount = 0
    private(set) var verifiedCount = 0
    /// The numbers of the tickets filed since the last `removeNewNumbers`, oldest first.
    private(set) var newNumbers: [Int64] = []
    private(set) var fault: String?

    init(name: String, token: String, seed: UInt64, pauseMicros: UInt32 = 0) {
        self.name = name
        self.token = token
        self.pauseMicros = pauseMicros
        generator = RepeatableGenerator(seed: seed)
    }

    func removeNewNumbers() -> [Int64] {
        defer { newNumbers = [] }
        return newNumbers
    }

    // MARK: Writing

    /// Writes until the connection fails.
    func write(port: UInt16) {
        let client = HTTPClient(port: port, token: token)
        client.patience = 15
        while fault == nil {
            if pauseMicros > 0 { usleep(pauseMicros) }
            let attempt = next()
            do {
                _ = try client.connection()
            } catch {
                return
            }
            pending = attempt
            do {
                note(try send(attempt, client), to: attempt)
                pending = nil
            } catch Wire.Fault.timeout(let what) {
                fault = "\(name) timed out waiting for \(what)"
            } catch is Wire.Fault {
                return
            } catch {
                fault = "\(name): \(error)"
            }
        }
    }

    private func next() -> Attempt {
        count += 1
        let text = "\(name)-\(count)-\(generator.next() % 1_000_000)"
        let roll = Int.random(in: 0..<100, using: &generator)
        guard known.count >= 3, roll >= 30 || known.count < 12 && roll >= 20,
            let id = known.keys.sorted().randomElement(using: &generator)
        else {
            return .create(description: text, key: roll.isMultiple(of: 2) ? "key-\(text)" : nil)
        }
        if roll < 60 { return .change(id, response: text) }
        if roll < 75, known[id]?.comments.count ?? 0 < 20 { return .comment(id, body: text) }
        return .delete(id)
    }

    private func send(_ attempt: Attempt, _ client: HTTPClient) throws -> HTTPAnswer {
        switch attempt {
        case .create(let description, let key):
            let padding = String(repeating: ".", count: description.utf8.count * 7 % 300)
            let body: JSONValue = ["user_id": 1, "description": .string(description + padding), "station_id": 1]
            return try client.request(
                "POST", "/api/v1/support", body, fields: key.map { [("Idempotency-Key", $0)] } ?? [])
        case .change(let id, let response):
            return try client.request("PATCH", "/api/v1/support/\(id)", ["response": .string(response)])
        case .comment(let id, let body):
            return try client.request("POST", "/api/v1/support/\(id)/comments", ["body": .string(body)])
        case .delete(let id): return try client.request("DELETE", "/api/v1/support/\(id)")
        }
    }

    private func note(_ answer: HTTPAnswer, to attempt: Attempt) {
        answeredCount += 1
        switch (attempt, answer.status) {
        case (.create, 201): adopt(answer.json)
        case (.change(let id, _), 200):
            known[id]?.ticket = answer.json
            touched.insert(id)
        case (.comment(let id, let body), 201):
            noteComment(body, on: id, at: answer.json["created_at"])
            touched.insert(id)
        case (.delete(let id), 200): forget(id)
        default: fault = "\(name): \(attempt) was answered \(answer.status): \(answer.excerpt)"
        }
    }

    /// A comment counts as a change of its ticket.
    private func noteComment(_ body: String, on id: Int64, at time: JSONValue?) {
        guard let ticket = known[id]?.ticket else { return }
        known[id]?.comments.append(body)
        known[id]?.ticket = ticket.with(["updated_at": time ?? .null])
    }

    private func adopt(_ ticket: JSONValue) {
        guard let id = ticket["support_id"]?.integerValue else {
            fault = "\(name): a ticket without a number: \(ticket)"
            return
        }
        known[id] = Known(ticket: ticket)
        newNumbers.append(id)
        touched.insert(id)
    }

    private func forget(_ id: Int64) {
        known[id] = nil
        deleted.insert(id)
        touched.insert(id)
    }

    // MARK: Verifying

    /// Finds out what became of the pending request. Then compares every ticket touched since the last call, or all of
    /// them, with the answers.
    func verify(with client: HTTPClient, all: Bool = false) throws {
        if let fault { throw HarnessFault(fault) }
        if let attempt = pending { try settle(attempt, client) }
        pending = nil
        let ids = (all ? Array(known.keys) + deleted : Array(touched)).sorted()
        touched = []
        for start in stride(from: 0, to: ids.count, by: 50) {
            let part = ids[start..<min(start + 50, ids.count)]
            for id in part {
                try client.send("GET", "/api/v1/support/\(id)")
                try client.send("GET", "/api/v1/support/\(id)/comments")
            }
            for id in part { try compare(id, try client.answer(), try client.answer()) }
        }
    }

    private func compare(_ id: Int64, _ ticket: HTTPAnswer, _ comments: HTTPAnswer) throws {
        verifiedCount += 1
        guard let expected = known[id] else {
            guard ticket.status == 404 else {
                throw HarnessFault("\(name): ticket \(id) was deleted and is back: \(ticket.text)")
            }
            return
        }
        guard ticket.status == 200, ticket.json == expected.ticket else {
            throw HarnessFault(
                "\(name): ticket \(id) was answered \(expected.ticket.text) and is \(ticket.status) \(ticket.text)")
        }
        let bodies = comments.json.arrayValue?.compactMap { $0["body"]?.stringValue }
        guard bodies == expected.comments else {
            throw HarnessFault("\(name): comments of ticket \(id) were \(expected.comments) and are \(comments.text)")
        }
    }

    /// Finds out whether the unanswered request happened. It must have happened completely or not at all.
    private func settle(_ attempt: Attempt, _ client: HTTPClient) throws {
        switch attempt {
        case .create(let description, let key):
            if key != nil {
                // The client repeats the request, as a real one would. It gets one ticket, whether or not the first one
                // counted.
                let answer = try send(attempt, client)
                guard answer.status == 201 else {
                    throw HarnessFault("a repeated POST was answered \(answer.status): \(answer.excerpt)")
                }
            }
            let found = try client.get("/api/v1/support?q=\(description)")
            let tickets = found.json.arrayValue ?? []
            guard found.status == 200, tickets.count <= 1, key == nil || tickets.count == 1 else {
                throw HarnessFault("\(name): \(tickets.count) tickets \(description): \(found.text)")
            }
            if let ticket = tickets.first { adopt(ticket) }
        case .change(let id, let response):
            let answer = try client.get("/api/v1/support/\(id)")
            if answer.json["response"] == .string(response), let before = known[id]?.ticket {
                let changes = [
                    "response": JSONValue.string(response), "updated_at": answer.json["updated_at"] ?? .null,
                ]
                guard answer.json == before.with(changes) else {
                    throw HarnessFault("\(name): half a change of ticket \(id): \(answer.excerpt)")
                }
                known[id]?.ticket = answer.json
            }
            touched.insert(id)
        case .comment(let id, let body):
            let last = try client.get("/api/v1/support/\(id)/comments").json.arrayValue?.last
            if last?["body"] == .string(body) { noteComment(body, on: id, at: last?["created_at"]) }
            touched.insert(id)
        case .delete(let id):
            if try client.get("/api/v1/support/\(id)").status == 404 { forget(id) }
            touched.insert(id)
        }
    }
}
