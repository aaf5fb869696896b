import Foundation
import Generators
import JSON
import Simulation
import Synchronization

/// The port on which a station listens now. It changes with each start.
final class StationLine: Sendable {
    private let stored = Atomic<UInt16>(0)

    var port: UInt16 {
        get { stored.load(ordering: .acquiring) }
        set { stored.store(newValue, ordering: .releasing) }
    }
}

/// A connection that files, changes, closes and deletes tickets at random, whatever happens to the station.
///
/// It changes only tickets that it filed itself, and none whose last request was not answered. So each answer shows the
/// ticket just as the notification must.
final class DeliveryWriter: @unchecked Sendable {
    private typealias Ticket = (id: Int64, user: Int64)

    private let name: String
    private let line: StationLine
    private let ledger: DeliveryLedger
    private let driverToken: String
    private let adminToken: String
    private let padding: String
    private var generator: RepeatableGenerator
    private var count = 0
    private var open: [Ticket] = []
    private var closed: [Ticket] = []
    private var client: HTTPClient?

    /// - Parameter padding: the number of bytes to add to each notification.
    init(
        name: String, line: StationLine, ledger: DeliveryLedger, driverToken: String, adminToken: String,
        padding: Int, seed: UInt64
    ) {
        self.name = name
        self.line = line
        self.ledger = ledger
        self.driverToken = driverToken
        self.adminToken = adminToken
        self.padding = String(repeating: ".", count: padding)
        generator = RepeatableGenerator(seed: seed)
    }

    /// Makes the requests, with random pauses between them, while the station comes and goes.
    func write(_ requests: Int, pauseMicrosMax: UInt32) {
        for _ in 0..<requests {
            step()
            usleep(UInt32.random(in: 0...pauseMicrosMax, using: &generator))
        }
    }

    /// Files one more ticket and changes it. Returns the subject that each of the demo's users hears last.
    func writeLast() throws -> [DeliveryLedger.UserID: String] {
        // The station may have restarted since the last request.
        client = nil
        let created = create(for: DemoUser.driver, at: DemoUser.station)
        guard created.isAnswered, let ticket = open.popLast() else {
            throw HarnessFault("the last ticket was not filed")
        }
        let updated = change(ticket, closing: false)
        guard updated.isAnswered else { throw HarnessFault("the last ticket was not changed") }
        return [
            DemoUser.driver: updated.subject, DemoUser.admin: created.subject, DemoUser.staff: created.subject,
        ]
    }

    // MARK: Requests

    private typealias Outcome = (subject: String, isAnswered: Bool)

    private func step() {
        let roll = Int.random(in: 0..<100, using: &generator)
        if open.count < 2 || roll < 45 {
            let user = [DemoUser.driver, DemoUser.driver, DemoUser.staff, DemoUser.admin].randomElement(
                using: &generator)
            _ = create(for: user ?? DemoUser.driver, at: roll % 3 == 0 ? nil : DemoUser.station)
        } else if roll < 75 || closed.isEmpty && roll >= 87 {
            let place = Int.random(in: 0..<open.count, using: &generator)
            _ = change(open.remove(at: place), closing: false)
        } else if roll < 87 {
            _ = change(open.remove(at: Int.random(in: 0..<open.count, using: &generator)), closing: true)
        } else {
            delete(closed.remove(at: Int.random(in: 0..<closed.count, using: &generator)))
        }
    }

    private func create(for user: Int64, at station: Int64?) -> Outcome {
        var receivers: Set = [DemoUser.admin]
        if station != nil { receivers.insert(DemoUser.staff) }
        let mark = nextMark()
        let priority = ["low", "medium", "high", "urgent"].randomElement(using: &generator) ?? "high"
        var body: JSONObject = ["user_id": .integer(user), "description": .string(mark), "priority": .string(priority)]
        body["station_id"] = station.map { .integer($0) }
        let isOwn = user == DemoUser.driver && Bool.random(using: &generator)
        let request = DeliveryLedger.Request(kind: .created, mark: mark, receivers: receivers)
        let ticket = send(request, "POST", "", .object(body), token: isOwn ? driverToken : adminToken)
        if let id = ticket?["support_id"]?.integerValue { open.append((id, user)) }
        return (request.subject, ticket != nil)
    }

    private func change(_ ticket: Ticket, closing: Bool) -> Outcome {
        let mark = nextMark()
        let request = DeliveryLedger.Request(kind: closing ? .resolved : .updated, mark: mark, receivers: [ticket.user])
        var body: JSONObject = ["response": .string(mark)]
        if closing { body["status"] = "closed" }
        let answer = send(request, "PATCH", "/\(ticket.id)", .object(body), token: adminToken)
        guard answer != nil else { return (request.subject, false) }
        if closing { closed.append(ticket) } else { open.append(ticket) }
        return (request.subject, true)
    }

    private func delete(_ ticket: Ticket) {
        let request = DeliveryLedger.Request(kind: .deleted, mark: String(ticket.id), receivers: [ticket.user])
        _ = send(request, "DELETE", "/\(ticket.id)", nil, token: adminToken)
    }

    private func nextMark() -> String {
        count += 1
        return "\(name)-\(count)\(padding)"
    }

    // MARK: The connection

    /// Sends a request and returns the ticket in its answer. Without an answer it returns nil, and nobody knows whether
    /// the request happened.
    private func send(
        _ request: DeliveryLedger.Request, _ method: String, _ path: String, _ body: JSONValue?, token: String
    ) -> JSONValue? {
        guard let client = connected() else {
            ledger.note(fault: "\(name): the station did not come back")
            return nil
        }
        client.token = token
        let number = ledger.begin(request)
        do {
            let answer = try client.request(method, "/api/v1/support\(path)", body)
            if answer.status == 200 || answer.status == 201 {
                ledger.answered(number, answer.json)
                return answer.json
            }
            // A station that is about to stop may answer 503.
            if answer.status != 503 {
                ledger.note(fault: "\(name): \(request) was answered \(answer.status): \(answer.excerpt)")
            }
        } catch Wire.Fault.timeout(let what) {
            ledger.note(fault: "\(name) timed out waiting for \(what)")
        } catch is Wire.Fault {
            // A crash cut the connection.
        } catch {
            ledger.note(fault: "\(name): \(error)")
        }
        self.client = nil
        return nil
    }

    private func connected() -> HTTPClient? {
        if let client, client.wire?.hasEnded == false { return client }
        let deadline = Deadline(seconds: 20)
        while !deadline.isOver {
            let fresh = HTTPClient(port: line.port)
            if line.port != 0, (try? fresh.connection()) != nil {
                client = fresh
                return fresh
            }
            usleep(2000)
        }
        return nil
    }
}

/// The users of the demo, and its one swap station.
enum DemoUser {
    static let driver: Int64 = 1
    static let admin: Int64 = 2
    static let staff: Int64 = 3
    static let station: Int64 = 1
}
