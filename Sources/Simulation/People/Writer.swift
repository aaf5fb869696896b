import Bytes
import HTTP
import JSON

/// Somebody who files, changes, closes and deletes tickets, one request after the other, whatever becomes of the
/// station.
///
/// Drivers file and read their own; an admin changes those that this writer has filed, so that each answer is the
/// ticket as the notification must have it. A ticket whose last request was not answered is left alone.
final class Writer {
    /// What it is to do next.
    enum Task: String, CaseIterable {
        case create, createWithKey = "create with a key", update, close, delete, comment, list
        case foreign = "look at somebody else's"
        case login = "log in"
    }

    /// What was sent, to be sent again with the same key.
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
    /// Who hears of a new ticket.
    private let audience: Set<Int64>
    private let padding: String
    private var tasks: [Task] = []
    private var open: [Ticket] = []
    private var closed: [Ticket] = []
    private var count = 0
    private var isAtWork = false
    /// What was begun in an earlier one is not tried again: a backup was put back, or the clock has jumped farther than
    /// the answers to requests with a key are kept.
    private var era = 0
    /// How long it waits for an answer, in microseconds.
    private var patience: Int64
    /// Called with each answer that changes something: now it must be durable.
    var onAnswer: () -> Void = {}
    /// Whether what was done to the station explains a failure: the status of the answer, nil where none came.
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

    /// Its line breaks.
    func breakLine() { station.line?.breakDown() }

    func silenceLine() { station.line?.silence() }

    func beginEra() { era += 1 }

    /// A backup is put back: what it knew of is of no use.
    func forget() {
        beginEra()
        // Before the abortion, which begins what is next.
        open = []
        closed = []
        station.abort()
    }

    func goHome() { station.drop() }

    /// It goes on with another connection, and has more patience.
    func takeCleanLine() {
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
        case .list: list()
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
            let outcome = response.map { "\($0.status.rawValue)" } ?? "not at all"
            world.tell("\(name): \(method.rawValue) \(target) is answered \(outcome)")
            judge(response, mayBeMissing: mayBeMissing) { "\(method.rawValue) \(target)" }
            done(response)
        }
    }

    private func judge(_ response: HTTPResponse?, mayBeMissing: Bool, _ what: () -> String) {
        let status = response?.status.rawValue
        if status == 200 || status == 201 || (status == 404 && mayBeMissing) || isExplained(status) { return }
        let answer = response.map { "\($0.status.rawValue): \(String(decoding: $0.body, as: UTF8.self))" }
        world.fail(.answer, "\(what()) was answered \(answer ?? "not at all"), and nothing explains that")
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
        request(.post, "/support", as: driver, body, key: key) { [self] response in
            if let response, Self.isSuccess(response), let id = response.json["support_id"]?.integerValue {
                // The same answer to the same key is a success too; what happened since may have changed the ticket.
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
            finish()
        }
    }

    private func take(_ tickets: inout [Ticket]) -> Ticket? {
        guard !tickets.isEmpty else { return nil }
        return tickets.remove(at: world.random.number(0...(tickets.count - 1)))
    }

    private func change(closing: Bool) {
        guard let ticket = take(&open) else { return finish() }
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
        guard let ticket = closed.isEmpty ? take(&open) : take(&closed) else { return finish() }
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

    private func comment() {
        guard let ticket = open.randomElement(using: &world.random) else { return finish() }
        let text = "\(name)-c\(count)"
        request(.post, "/support/\(ticket.id)/comments", as: ticket.user, ["body": .string(text)]) { [self] response in
            if Self.isSuccess(response) {
                book.commented(ticket.id, text)
                onAnswer()
            }
            finish()
        }
    }

    // MARK: Logins

    /// With its password, or with another one.
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
            world.tell("\(name): a login with \(isRight ? "its" : "another") password is answered \(status ?? 0)")
            // Who has tried too often, or comes while many do, is told to come later.
            if let status, ![isRight ? 200 : 401, 429, 503].contains(status) {
                world.fail(.answer, "a login with \(isRight ? "its" : "another") password was answered \(status)")
            }
            finish()
        }
    }

    // MARK: Permissions

    private func list() {
        request(.get, "/support?limit=50", as: driver) { [self] response in
            if let response, Self.isSuccess(response) {
                for ticket in response.json.arrayValue ?? [] where ticket["user_id"]?.integerValue != driver {
                    world.fail(
                        .permission, "user \(driver) was shown \(String(decoding: ticket.encoded(), as: UTF8.self))")
                }
            }
            finish()
        }
    }

    private func lookAtForeign() {
        let foreign = book.certain.filter { book.owner(of: $0) != driver }
        guard let id = foreign.randomElement(using: &world.random) else { return finish() }
        let path = "/support/\(id)" + (world.random.chance(30) ? "/comments" : "")
        request(.get, path, as: driver, mayBeMissing: true) { [self] response in
            if Self.isSuccess(response) { world.fail(.permission, "user \(driver) was shown ticket \(id) of another") }
            finish()
        }
    }
}
