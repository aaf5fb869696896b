import Bytes
import Foundation
import JSON

/// A station as its central server sees it. Its reports are written out by hand.
final class FleetReporter {
    let number: Int64
    let token: String
    let client: HTTPClient
    var epoch = "first"
    /// The sequence of the last event made.
    private(set) var last: UInt64 = 0

    init(_ number: Int64, token: String, port: UInt16) {
        self.number = number
        self.token = token
        client = HTTPClient(port: port, token: token)
    }

    /// Continues a predecessor's numbering after `last`.
    func continueNumbering(after last: UInt64) { self.last = last }

    var path: String { "/api/v1/sync/stations/\(number)" }

    // MARK: Events

    static func padded(_ number: UInt64) -> JSONValue {
        let digits = String(number)
        return .string(String(repeating: "0", count: 20 - digits.count) + digits)
    }

    static func ticket(_ id: Int64, _ changes: [String: JSONValue] = [:]) -> JSONValue {
        let ticket: JSONValue = [
            "support_id": .integer(id), "user_id": 1, "station_id": 1, "type": "battery_issue",
            "description": "The battery does not lock in", "status": "open", "priority": "high", "response": nil,
            "rating": nil, "assignee_id": nil, "created_at": "2025-01-12T10:30:01.800Z",
            "updated_at": "2025-01-12T10:30:01.800Z", "closed_at": nil,
            "user": ["user_id": 1, "username": "john", "email": "john@example.com", "phone": nil],
            "station": [
                "station_id": 1, "name": "Alpha", "address": nil, "latitude": nil, "longitude": nil, "status": "active",
            ],
        ]
        return ticket.with(changes)
    }

    /// The next event, after `count` records that stay at the station.
    func event(_ type: String, _ data: [String: JSONValue], skipping count: UInt64 = 0) -> JSONValue {
        let sequence = last + count + 1
        defer { last = sequence }
        return event(type, data, sequence: sequence, previous: last)
    }

    func event(
        _ type: String, _ data: [String: JSONValue], sequence: UInt64, previous: UInt64, suffix: String = ""
    ) -> JSONValue {
        [
            "specversion": "1.0", "id": .string("\(epoch)-\(sequence)\(suffix)"),
            "source": .string("/stations/\(number)"), "type": .string("support.\(type)"),
            "time": "2025-01-12T10:30:01.800Z", "sequence": Self.padded(sequence), "previous": Self.padded(previous),
            "datacontenttype": "application/json", "data": (["by": 1] as JSONValue).with(data),
        ]
    }

    func created(_ id: Int64, _ changes: [String: JSONValue] = [:]) -> JSONValue {
        event("ticket.created", ["ticket": Self.ticket(id, changes), "changes": []])
    }

    func updated(_ id: Int64, _ changes: [String: JSONValue], command: String? = nil) -> JSONValue {
        let fields = changes.keys.sorted().map {
            ["field": .string($0), "from": nil, "to": changes[$0] ?? nil] as JSONValue
        }
        var data: [String: JSONValue] = ["ticket": Self.ticket(id, changes), "changes": .array(fields)]
        if let command { data["command"] = ["id": .string(command)] }
        return event("ticket.updated", data)
    }

    /// A whole pass over these tickets as of the last event.
    func pass(_ ids: [Int64], after cursor: UInt64) -> [JSONValue] {
        let snapshots = ids.map { id in
            let thread: [String: JSONValue] = [
                "filed_by": nil, "comments": [], "history": [], "ticket_sequence": 1, "sequence": 1,
            ]
            return event(
                "ticket.snapshot", ["snapshot": JSONValue(last), "ticket": Self.ticket(id, thread)], sequence: last,
                previous: cursor, suffix: ".\(id)")
        }
        let end: [String: JSONValue] = [
            "from": JSONValue(cursor + 1), "through": JSONValue(last), "snapshot": JSONValue(last),
            "tickets": .integer(Int64(ids.count)),
        ]
        return snapshots + [event("history.missing", end, sequence: last, previous: cursor, suffix: ".missing")]
    }

    // MARK: Requests

    func place() throws -> JSONValue { try client.get(path).json }

    func post(_ events: [JSONValue], date: String? = nil) throws -> HTTPAnswer {
        try post(body: JSONValue.array(events).encoded(), date: date)
    }

    func post(
        body: [UInt8], contentType: String = "application/cloudevents-batch+json", date: String? = nil
    ) throws -> HTTPAnswer {
        try send(body, contentType: contentType, date: date)
        return try client.answer(to: "POST")
    }

    /// The bytes of a request that posts these events.
    func request(_ events: [JSONValue]) -> [UInt8] {
        request(JSONValue.array(events).encoded(), contentType: "application/cloudevents-batch+json", date: nil)
    }

    func send(
        _ body: [UInt8], contentType: String = "application/cloudevents-batch+json", date: String? = nil
    ) throws {
        try client.send(raw: request(body, contentType: contentType, date: date))
    }

    private func request(_ body: [UInt8], contentType: String, date: String?) -> [UInt8] {
        var head = "POST \(path)/events HTTP/1.1\r\nHost: central\r\nAuthorization: Bearer \(token)\r\n"
        head += "Content-Type: \(contentType)\r\nContent-Length: \(body.count)\r\n"
        if let date { head += "Date: \(date)\r\n" }
        return Array((head + "\r\n").utf8) + body
    }

    func commands(after: Int64 = 0, wait: Int = 0) throws -> JSONValue {
        try client.get("\(path)/commands?after=\(after)&wait=\(wait)").json
    }
}

/// The options of a central server.
extension StationProcess.Options {
    static var central: Self {
        var options = Self()
        options.settings = [("central", ["enabled": true])]
        return options
    }
}

extension StationProcess {
    func central(_ words: String...) throws -> CommandResult {
        try writeConfiguration()
        let command = [BuiltProduct.stationd, "central"] + words
        return try .run(command + ["--data", data, "--config", configurationPath])
    }

    /// Adds a station to the fleet and returns a reporter for it.
    func reporter(_ number: Int64) throws -> FleetReporter {
        let added = try central("add-station", String(number), "--name", "Station \(number)")
        guard added.exit == .code(0) else { throw HarnessFault("add-station: \(added.all)") }
        let token = added.output.trimmingCharacters(in: .whitespacesAndNewlines)
        return FleetReporter(number, token: token, port: port)
    }
}
