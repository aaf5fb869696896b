import Foundation
import JSON

/// The requests made of a station while the kernel fails it, and their answers, which must be true afterwards.
///
/// There is one request at a time. A request without an answer may have happened, completely or not at all.
struct FaultErrands {
    struct Ticket {
        var json: JSONValue
        var comments: [String] = []
        /// The responses that requests without an answer may have set.
        var possibleResponses: Set<String> = []
        /// The comments that requests without an answer may have added.
        var possibleComments: [String] = []
        /// Whether a request without an answer may have closed the ticket.
        var mayBeClosed = false
        /// Whether a request without an answer may have deleted the ticket.
        var mayBeGone = false
    }

    /// A notification as a listener received it.
    struct Told {
        let name: String
        let id: String
        let support: Int64
        let response: String?
    }

    private(set) var tickets: [Int64: Ticket] = [:]
    private(set) var deleted: Set<Int64> = []
    private(set) var resolved: Set<Int64> = []
    /// Descriptions of tickets whose creation was not answered, with the key if there was one.
    private(set) var unanswered: [(description: String, key: String?)] = []
    private(set) var keys: [(key: String, description: String, id: Int64)] = []
    private(set) var users: [String] = []
    private(set) var told: [Told] = []

    private(set) var answered = 0
    /// The number of answers 429, 503 and 507.
    private(set) var refused = 0
    /// The number of connections that ended without an answer.
    private(set) var dropped = 0
    /// What happened but must never happen.
    private(set) var faults: [String] = []

    /// Tells whether the station still runs.
    var isRunning: () -> Bool = { true }
    /// The prefix of these errands' texts. It contains no dash.
    private var name: String

    init(name: String) { self.name = name }

    /// Continues from an earlier run on the same data.
    init(after earlier: FaultErrands, name: String) {
        self = earlier
        self.name = name
        (answered, refused, dropped) = (0, 0, 0)
    }

    mutating func object(_ text: String) { faults.append(text) }

    // MARK: The errands

    /// - Parameters:
    ///   - tokens: the tokens of the listeners, also used if the login is refused.
    ///   - reload: sends SIGHUP.
    mutating func run(port: UInt16, tokens: DemoTokens?, isShort: Bool, reload: () -> Void) {
        let client = HTTPClient(port: port)
        client.patience = 8
        logIn(client)
        if client.token == nil { client.token = tokens?.admin }
        guard client.token != nil else { return }
        let listeners = tokens.map { listen(port: port, $0) } ?? []
        let first = create(client, "\(name)-first", key: "key-\(name)")
        let second = create(client, "\(name)-second", key: nil)
        change(client, first, response: "\(name)-0")
        comment(client, first, "\(name)-comment")
        reload()
        close(client, second)
        if !isShort {
            let third = create(client, "\(name)-third", key: nil)
            delete(client, third)
            addUser(client, "\(name)@example.com")
            // Long texts, so that the segment in use fills up and the next one begins.
            let filling = String(repeating: "🔋", count: 4_900)
            let long = create(client, "\(name)-long" + filling, key: nil)
            for round in 1...8 where isRunning() { change(client, long, response: "\(name)-\(round)" + filling) }
        }
        read(client, "/api/v1/support")
        read(client, "/api/v1/notifications")
        if let first { read(client, "/api/v1/support/\(first)/history") }
        for listener in listeners { hear(listener) }
    }

    private mutating func logIn(_ client: HTTPClient) {
        let body: JSONValue = ["email": "admin@example.com", "password": "station-demo"]
        for _ in 0..<2 {
            guard let answer = ask(client, "POST", "/api/v1/auth/login", body), answer.status == 200 else { continue }
            client.token = answer.json["access_token"]?.stringValue
            return
        }
    }

    private mutating func create(
        _ client: HTTPClient, _ description: String, key: String?
    ) -> Int64? {
        let body: JSONValue = ["user_id": 1, "description": .string(description), "station_id": 1]
        let fields = key.map { [("Idempotency-Key", $0)] } ?? []
        guard let answer = ask(client, "POST", "/api/v1/support", body, fields: fields) else {
            unanswered.append((description, key))
            return nil
        }
        guard answer.status == 201, let id = answer.json["support_id"]?.integerValue else { return nil }
        if tickets[id] != nil || deleted.contains(id) { object("ticket \(id) was given out twice") }
        tickets[id] = Ticket(json: answer.json)
        if let key { keys.append((key, description, id)) }
        return id
    }

    private mutating func change(_ client: HTTPClient, _ id: Int64?, response: String) {
        guard let id, tickets[id] != nil else { return }
        let answer = ask(client, "PATCH", "/api/v1/support/\(id)", ["response": .string(response)])
        if let answer, answer.status == 200 {
            tickets[id]?.json = answer.json
            tickets[id]?.possibleResponses = []
        } else if answer == nil {
            tickets[id]?.possibleResponses.insert(response)
        }
    }

    private mutating func comment(_ client: HTTPClient, _ id: Int64?, _ body: String) {
        guard let id, tickets[id] != nil else { return }
        let answer = ask(client, "POST", "/api/v1/support/\(id)/comments", ["body": .string(body)])
        if let answer, answer.status == 201 {
            tickets[id]?.comments.append(body)
            let updated = ["updated_at": answer.json["created_at"] ?? .null]
            if let json = tickets[id]?.json { tickets[id]?.json = json.with(updated) }
        } else if answer == nil {
            tickets[id]?.possibleComments.append(body)
        }
    }

    private mutating func close(_ client: HTTPClient, _ id: Int64?) {
        guard let id, tickets[id] != nil else { return }
        let answer = ask(client, "PATCH", "/api/v1/support/\(id)/status", ["status": "closed"])
        if let answer, answer.status == 200 {
            tickets[id]?.json = answer.json
            resolved.insert(id)
        } else if answer == nil {
            tickets[id]?.mayBeClosed = true
        }
    }

    private mutating func delete(_ client: HTTPClient, _ id: Int64?) {
        guard let id, tickets[id] != nil else { return }
        let answer = ask(client, "DELETE", "/api/v1/support/\(id)")
        if let answer, answer.status == 200 {
            tickets[id] = nil
            deleted.insert(id)
        } else if answer == nil {
            tickets[id]?.mayBeGone = true
        }
    }

    private mutating func addUser(_ client: HTTPClient, _ email: String) {
        let body: JSONValue = [
            "email": .string(email), "username": .string(email), "role": "driver", "password": "a long password",
        ]
        if let answer = ask(client, "POST", "/api/v1/users", body), answer.status == 201 { users.append(email) }
    }

    private mutating func read(_ client: HTTPClient, _ target: String) { _ = ask(client, "GET", target) }

    // MARK: Requests

    /// Sends a request and returns its answer, or nil if the connection ended first. Every wait is bounded.
    private mutating func ask(
        _ client: HTTPClient, _ method: String, _ target: String, _ body: JSONValue? = nil,
        fields: [(String, String)] = []
    ) -> HTTPAnswer? {
        let deadline = Deadline(seconds: 3)
        while isRunning() {
            do {
                _ = try client.connection()
                break
            } catch {
                if deadline.isOver {
                    object("no connection for \(method) \(target) although the station runs: \(error)")
                    break
                }
                usleep(20_000)
            }
        }
        guard isRunning() else { return nil }
        do {
            let answer = try client.request(method, target, body, fields: fields)
            answered += 1
            switch answer.status {
            case 200..<300: break
            case 429, 503, 507: refused += 1
            default: object("\(method) \(target) was answered \(answer.status): \(answer.excerpt)")
            }
            return answer
        } catch Wire.Fault.timeout(let what) {
            if isRunning() { object("\(method) \(target): timed out waiting for \(what)") }
        } catch is Wire.Fault {
            dropped += 1
        } catch {
            object("\(method) \(target): \(error)")
        }
        client.close()
        return nil
    }

    // MARK: Listening

    private mutating func listen(port: UInt16, _ tokens: DemoTokens) -> [NotificationSocket] {
        let ways: [(String, NotificationSocket.Way)] = [(tokens.admin, .plain), (tokens.driver, .webSocket)]
        return ways.compactMap { token, way in
            guard isRunning() else { return nil }
            do {
                return try NotificationSocket(port: port, token: token, .init(way: way, patience: 8))
            } catch Wire.Fault.timeout(let what) {
                if isRunning() { object("a listener timed out waiting for \(what)") }
            } catch let breach as NotificationSocket.Breach {
                object("a listener: \(breach)")
            } catch {
                dropped += 1
            }
            return nil
        }
    }

    private mutating func hear(_ listener: NotificationSocket) {
        do {
            while let heard = try listener.next(within: 0.03) {
                guard case .event(let event) = heard, event.name.hasPrefix("support:ticket:") else { continue }
                let data = event.payload["data"]
                guard let id = event.id, let support = data?["support_id"]?.integerValue else {
                    object("a notification without an id: \(event.payload.text)")
                    continue
                }
                told.append(
                    Told(name: event.name, id: id, support: support, response: data?["response"]?.stringValue))
            }
        } catch let breach as NotificationSocket.Breach {
            object("a listener: \(breach)")
        } catch {
            dropped += 1
        }
    }

    /// Listens again after a fault, until nothing is missing.
    mutating func hearAgain(port: UInt16, _ tokens: DemoTokens) {
        let listeners = listen(port: port, tokens)
        let deadline = Deadline(seconds: 5)
        repeat {
            for listener in listeners { hear(listener) }
        } while !untold.isEmpty && !deadline.isOver
    }

    /// The answered changes that no listener has heard of, before the fault or after it.
    var untold: [String] {
        func missing(_ ids: some Sequence<Int64>, _ what: String) -> [String] {
            let heard = Set(told.filter { $0.name.hasSuffix(what) }.map(\.support))
            return ids.filter { !heard.contains($0) }.sorted().map { "ticket \($0) \(what)" }
        }
        return missing(tickets.keys, "created") + missing(resolved, "resolved") + missing(deleted, "deleted")
    }
}

/// The tokens that `--demo` prints.
struct DemoTokens {
    let driver: String
    let admin: String

    /// The tokens of a station that has just begun to listen, or nil if it prints none.
    init?(of station: StationProcess) {
        let deadline = Deadline(seconds: 1)
        while station.child?.poll() == nil, !deadline.isOver {
            if let tokens = DemoTokens(output: station.output) {
                self = tokens
                return
            }
            usleep(500)
        }
        return nil
    }

    private init?(output: String) {
        func token(of user: String) -> String? {
            guard let mark = output.range(of: "A token for \(user):\n") else { return nil }
            let rest = output[mark.upperBound...]
            return rest.firstIndex(of: "\n").map { String(rest[..<$0]) }
        }
        guard let driver = token(of: "john_driver"), let admin = token(of: "admin") else { return nil }
        self.driver = driver
        self.admin = admin
    }
}
