import Bytes
import HTTP
import JSON

/// A client that files, changes, closes and deletes tickets, one request after the other, whatever happens to the
/// station.
///
/// It files and reads tickets as a driver and changes its own tickets as an admin, so every answer holds the ticket as
/// the notification must have it. A ticket whose last request got no answer is left alone.
final class Writer {
    /// Something to do.
    enum Task: String, CaseIterable {
        case create = "create a ticket"
        case createWithKey = "create a ticket with an idempotency key"
        case update = "update a ticket"
        case close = "close a ticket"
        case delete = "delete a ticket"
        case comment = "comment on a ticket"
        case list = "list its tickets"
        case sorted = "list the most urgent tickets"
        case answer = "write or delete a canned answer"
        case foreign = "look at another user's ticket"
        case login = "log in"
    }

    /// A request that was sent and may be sent again with the same key.
    private typealias Filed = (number: Int, description: String, priority: String)
    private typealias Ticket = (id: Int64, user: Int64)

    let name: String
    private let world: World
    private let station: HTTPCaller
    private let ledger: DeliveryLedger
    private let book: TicketBook
    private let driver: Int64
    private let email: String
    private let token: (Int64) -> String
    /// The users who are notified of a new ticket.
    private let audience: Set<Int64>
    private let padding: String
    private var tasks: [Task] = []
    private var open: [Ticket] = []
    private var closed: [Ticket] = []
    private var answers: [Int64] = []
    private var count = 0
    private var isAtWork = false
    /// Requests of an earlier era are not repeated: a backup was restored, or the clock jumped farther than the answers
    /// to requests with a key are kept.
    private var era = 0
    /// How long it waits for an answer, in microseconds.
    private var patience: Int64
    /// Called after each successful change, which must be durable by now.
    var onAnswer: () -> Void = {}
    /// Called with the tickets of a list, which must be durable by now.
    var onList: ([JSONValue]) -> Void = { _ in }
    /// Whether the faults so far explain this status, or, for nil, that no answer came.
    var isExplained: (Int?) -> Bool = { _ in true }

    private static let admin: Int64 = 3
    private static let keyTriesMax = 30

    init(
        _ name: String, _ world: World, _ station: HTTPCaller, _ ledger: DeliveryLedger, _ book: TicketBook,
        driver: Int64, email: String, audience: Set<Int64>, padding: Int, patience: Int64,
        token: @escaping (Int64) -> String
    ) {
        self.name = name
        self.world = world
        self.station = station
        self.ledger = ledger
        self.book = book
        self.driver = driver
        self.email = email
        self.audience = audience
        self.patience = patience
        self.padding = String(repeating: ".", count: padding)
        self.token = token
    }

    var isIdle: Bool { tasks.isEmpty && !isAtWork }

    func add(_ task: Task) {
        tasks.append(task)
        next()
    }

    func breakLine() { station.line?.breakDown() }

    func silenceLine() { station.line?.silence() }

    /// Drops the tickets that it knows: a backup is restored.
    func forget() {
        era += 1
        // First, because aborting starts the next task.
        open = []
        closed = []
        answers = []
        station.abort()
    }

    func goHome() { station.drop() }

    /// Makes it connect again, and wait longer for answers from now on.
    func beginCalm() {
        station.drop()
        patience = max(patience, 10_000_000)
    }

    private func next() {
        guard !isAtWork, !tasks.isEmpty else { return }
        isAtWork = true
        begin(tasks.removeFirst())
    }

    private func finish() {
        isAtWork = false
        next()
    }

    private func begin(_ task: Task) {
        count += 1
        switch task {
        case .create: create(key: nil, triesLeft: 1)
        case .createWithKey: create(key: "\(name)-\(count)", triesLeft: Self.keyTriesMax)
        case .update: change(closing: false)
        case .close: change(closing: true)
        case .delete: delete()
        case .comment: comment()
        case .list: list("")
        case .sorted: list("&sort=urgent_first&status=open&assignee_id=none")
        case .answer: keepAnswer()
        case .foreign: lookAtForeign()
        case .login: logIn()
        }
    }

    // MARK: Requests

    private func request(
        _ method: HTTPMethod, _ path: String, as user: Int64, _ body: JSONValue? = nil, key: String? = nil,
        mayBeMissing: Bool = false, done: @escaping (HTTPResponse?) -> Void
    ) {
        var fields: HTTPFields = ["Authorization": "Bearer \(token(user))"]
        if body != nil { fields.append("Content-Type", "application/json") }
        if let key { fields.append("Idempotency-Key", key) }
        let target = "/api/v1" + path
        station.request(method, target, fields, body?.encoded() ?? [], patienceMicros: patience) { [self] response in
            let outcome = response.map { "\($0.status.rawValue)" } ?? "no answer"
            world.tell("\(name): \(method.rawValue) \(target): \(outcome)")
            judge(response, mayBeMissing: mayBeMissing) { "\(method.rawValue) \(target)" }
            done(response)
        }
    }

    private func judge(_ response: HTTPResponse?, mayBeMissing: Bool, _ what: () -> String) {
        let status = response?.status.rawValue
        if status == 200 || status == 201 || (status == 404 && mayBeMissing) || isExplained(status) { return }
        let answer = response.map { "\($0.status.rawValue): \(String(decoding: $0.body, as: UTF8.self))" }
        world.fail(.answer, "\(what()) got \(answer ?? "no answer"), and no fault explains that")
    }

    private static func isSuccess(_ response: HTTPResponse?) -> Bool {
        response.map { (200..<300).contains($0.status.rawValue) } ?? false
    }

    private func create(key: String?, triesLeft: Int, _ known: Filed? = nil) {
        let era = self.era
        let description = known?.description ?? "\(name)-\(count)\(padding)"
        let number =
            known?.number
            ?? ledger.begin(.init(kind: .created, mark: description, receivers: audience), at: UInt64(world.now))
        let priority = known?.priority ?? world.random.pick(["low", "low", "medium", "high", "urgent"])
        let body: JSONValue = [
            "user_id": .integer(driver), "station_id": 1, "description": .string(description),
            "priority": .string(priority),
        ]
        let isFollowed = key == nil && station.isConnected && world.random.chance(30)
        var filed: Int64?
        request(.post, "/support", as: driver, body, key: key) { [self] response in
            if let response, Self.isSuccess(response), response.json["support_id"] == nil {
                world.fail(.answer, "a request to file a ticket got the answer to another")
            }
            if let response, Self.isSuccess(response), let id = response.json["support_id"]?.integerValue {
                filed = id
                // A repeated request with the same key gets the first answer, even if the ticket has changed since.
                ledger.answered(number, response.json, at: UInt64(world.now))
                book.created(id, by: driver, description)
                open.append((id, driver))
                onAnswer()
            } else if key != nil, triesLeft > 1, response == nil || response?.status.rawValue ?? 0 >= 500 {
                return world.after(world.random.number(10_000...1_500_000)) { [self] in
                    guard era == self.era else { return finish() }
                    create(key: key, triesLeft: triesLeft - 1, (number, description, priority))
                }
            }
            if !isFollowed { finish() }
        }
        if isFollowed { listBehind { filed } }
    }

    /// Lists the tickets in a request right behind the one that files a ticket, whose effect it must show.
    private func listBehind(_ filed: @escaping () -> Int64?) {
        let fields: HTTPFields = ["Authorization": "Bearer \(token(driver))"]
        station.follow(.get, "/api/v1/support?limit=1000", fields) { [self] response in
            world.tell("\(name): GET behind it: \(response.map { "\($0.status.rawValue)" } ?? "no answer")")
            if let response, Self.isSuccess(response), let id = filed() {
                let tickets = response.json.arrayValue ?? []
                if !tickets.contains(where: { $0["support_id"]?.integerValue == id }) {
                    world.fail(.answer, "a list does not show ticket \(id), which was filed in the request before it")
                }
                onList(tickets)
            }
            finish()
        }
    }

    private func removeRandom(from tickets: inout [Ticket]) -> Ticket? {
        guard !tickets.isEmpty else { return nil }
        return tickets.remove(at: world.random.number(0...(tickets.count - 1)))
    }

    private func change(closing: Bool) {
        guard let ticket = removeRandom(from: &open) else { return finish() }
        let mark = "\(name)-r\(count)\(padding)"
        let number = ledger.begin(
            .init(kind: closing ? .resolved : .updated, mark: mark, receivers: [ticket.user]), at: UInt64(world.now))
        book.willChange(ticket.id, response: mark, closing: closing)
        var body: JSONObject = ["response": .string(mark)]
        if closing { body["status"] = "closed" }
        request(.patch, "/support/\(ticket.id)", as: Self.admin, .object(body)) { [self] response in
            if let response, Self.isSuccess(response) {
                ledger.answered(number, response.json, at: UInt64(world.now))
                book.changed(ticket.id, response: mark, closing: closing)
                if closing { closed.append(ticket) } else { open.append(ticket) }
                onAnswer()
            }
            finish()
        }
    }

    private func delete() {
        guard let ticket = closed.isEmpty ? removeRandom(from: &open) : removeRandom(from: &closed) else {
            return finish()
        }
        let number = ledger.begin(
            .init(kind: .deleted, mark: String(ticket.id), receivers: [ticket.user]), at: UInt64(world.now))
        book.willDelete(ticket.id)
        request(.delete, "/support/\(ticket.id)", as: Self.admin) { [self] response in
            if let response, Self.isSuccess(response) {
                ledger.answered(number, response.json, at: UInt64(world.now))
                book.deleted(ticket.id)
                onAnswer()
            }
            finish()
        }
    }

    /// Comments as the driver, of which staff and admins hear, or as an admin, of which the driver hears.
    private func comment() {
        guard let ticket = open.randomElement(using: &world.random) else { return finish() }
        let author = world.random.chance(50) ? ticket.user : Self.admin
        let text = "\(name)-c\(count)"
        let number = ledger.begin(
            .init(kind: .commented, mark: text, receivers: author == Self.admin ? [ticket.user] : audience),
            at: UInt64(world.now))
        comment(
            text, on: ticket.id, as: author, number, key: world.random.chance(50) ? "\(name)-\(count)" : nil,
            triesLeft: Self.keyTriesMax)
    }

    private func comment(
        _ text: String, on id: Int64, as author: Int64, _ number: Int, key: String?, triesLeft: Int
    ) {
        let era = self.era
        request(
            .post, "/support/\(id)/comments", as: author, ["body": .string(text)], key: key
        ) { [self] response in
            if let response, Self.isSuccess(response) {
                if response.json["body"] != .string(text) {
                    world.fail(.answer, "a request to comment got the answer to another")
                }
                ledger.answered(number, response.json, at: UInt64(world.now))
                book.commented(id, text)
                onAnswer()
            } else if key != nil, triesLeft > 1, response == nil || response?.status.rawValue ?? 0 >= 500 {
                return world.after(world.random.number(10_000...1_500_000)) { [self] in
                    guard era == self.era else { return finish() }
                    comment(text, on: id, as: author, number, key: key, triesLeft: triesLeft - 1)
                }
            }
            finish()
        }
    }

    // MARK: Canned answers

    /// Writes a canned answer, or deletes one of its own.
    private func keepAnswer() {
        if answers.count > 2, let id = answers.popLast() {
            book.willRemove(answer: id)
            return request(.delete, "/answers/\(id)", as: Self.admin) { [self] response in
                if Self.isSuccess(response) {
                    book.removed(answer: id)
                    onAnswer()
                }
                finish()
            }
        }
        let title = "\(name)-a\(count)"
        request(.post, "/answers", as: Self.admin, ["title": .string(title), "body": "Please wait"]) {
            [self] response in
            if let response, Self.isSuccess(response), let id = response.json["answer_id"]?.integerValue {
                answers.append(id)
                book.kept(answer: id, title)
                onAnswer()
            }
            finish()
        }
    }

    // MARK: Logins

    /// Logs in with the right password or with a wrong one.
    private func logIn() {
        let isRight = world.random.chance(70)
        let body: JSONValue = [
            "email": .string(email), "password": .string(isRight ? Run.password : "another one"),
        ]
        station.request(
            .post, "/api/v1/auth/login", ["Content-Type": "application/json"], body.encoded(),
            patienceMicros: patience
        ) { [self] response in
            let status = response?.status.rawValue
            let login = "a login with the \(isRight ? "right" : "wrong") password"
            world.tell("\(name): \(login): \(status.map(String.init) ?? "no answer")")
            // After too many failures, or while too many log in, the answer is 429 or 503.
            if let status, ![isRight ? 200 : 401, 429, 503].contains(status), !isExplained(status) {
                world.fail(.answer, "\(login) got \(status)")
            }
            finish()
        }
    }

    // MARK: Permissions

    private func list(_ query: String) {
        let user = world.random.chance(50) ? driver : Self.admin
        request(.get, "/support?limit=50\(query)", as: user) { [self] response in
            if let response, Self.isSuccess(response) {
                let tickets = response.json.arrayValue ?? []
                for ticket in tickets where user == driver && ticket["user_id"]?.integerValue != driver {
                    world.fail(
                        .permission, "user \(driver) was shown \(String(decoding: ticket.encoded(), as: UTF8.self))")
                }
                onList(tickets)
            }
            finish()
        }
    }

    private func lookAtForeign() {
        let foreign = book.certain.filter { book.owner(of: $0) != driver }
        guard let id = foreign.randomElement(using: &world.random) else { return finish() }
        let path = "/support/\(id)" + (world.random.chance(30) ? "/comments" : "")
        request(.get, path, as: driver, mayBeMissing: true) { [self] response in
            if Self.isSuccess(response) {
                world.fail(.permission, "user \(driver) was shown ticket \(id), which belongs to another user")
            }
            finish()
        }
    }
}
