import Foundation
import JSON
import Testing

/// The options of many delivery tests.
extension StationProcess.Options {
    /// A demonstration that sends pings, stores proofs and stops sooner than by default.
    static func delivery(
        limits: [(String, Int)] = [], notifications: JSONObject = [:]
    ) -> StationProcess.Options {
        var options = StationProcess.Options()
        let quick = [("early_ping_floor_millis", 50), ("proof_store_millis", 100), ("drain_timeout_millis", 200)]
        options.limits = quick.filter { quick in !limits.contains { $0.0 == quick.0 } } + limits
        if !notifications.isEmpty { options.settings = [("notifications", .object(notifications))] }
        return options
    }

    /// The same, but a client that answers no pings is cut off after at most 600 ms.
    static func impatientDelivery(notifications: JSONObject = [:]) -> StationProcess.Options {
        delivery(
            limits: [("ping_interval_millis", 300), ("ping_timeout_millis", 300)], notifications: notifications)
    }
}

extension StationProcess {
    func listen(
        _ client: HTTPClient, _ way: NotificationSocket.Way = .webSocket, order: String? = nil
    ) throws -> NotificationSocket {
        try listen(client, with: NotificationSocket.Options(way: way, order: order))
    }

    func listen(_ client: HTTPClient, with options: NotificationSocket.Options) throws -> NotificationSocket {
        try NotificationSocket(port: port, token: client.token ?? "", options)
    }

    /// Whether a new connection of this user hears nothing for `seconds`, because nothing is missing.
    func hasNothing(
        for client: HTTPClient, _ way: NotificationSocket.Way = .webSocket, seconds: Double = 0.15
    ) throws -> Bool {
        try listen(client, way).isQuiet(for: seconds)
    }
}

extension HTTPClient {
    /// Files tickets named `Ticket 1`, `Ticket 2` …, and returns them.
    @discardableResult
    func file(
        _ count: Int, named name: String = "Ticket", for user: Int64 = DemoUser.driver,
        at station: Int64? = DemoUser.station, priorities: [String] = ["high"], padding: Int = 0
    ) throws -> [JSONValue] {
        let filler = String(repeating: ".", count: padding)
        var tickets: [JSONValue] = []
        for start in stride(from: 0, to: count, by: 50) {
            let part = start..<min(start + 50, count)
            for index in part {
                var body: JSONObject = [
                    "user_id": .integer(user), "description": .string("\(name) \(index + 1)\(filler)"),
                    "priority": .string(priorities[index % priorities.count]),
                ]
                body["station_id"] = station.map { .integer($0) }
                try send("POST", "/api/v1/support", .object(body))
            }
            for _ in part {
                let answer = try answer(to: "POST")
                guard answer.status == 201 else {
                    throw HarnessFault("filing a ticket was answered \(answer.status): \(answer.excerpt)")
                }
                tickets.append(answer.json)
            }
        }
        return tickets
    }

    /// Sends a change, which must succeed.
    @discardableResult
    func change(_ target: String, _ body: JSONValue, method: String = "PATCH") throws -> JSONValue {
        let answer = try request(method, "/api/v1\(target)", body)
        guard [200, 201].contains(answer.status) else {
            throw HarnessFault("\(method) \(target) was answered \(answer.status): \(answer.excerpt)")
        }
        return answer.json
    }

    /// The ids in the caller's inbox, oldest first: the last thousand, or all from `first` on.
    func inboxIDs(unread: Bool = false, after first: String? = nil) throws -> [String] {
        var ids = first.map { [$0] } ?? []
        while true {
            let after = ids.last.map { "&after=\($0)" } ?? ""
            let answer = try get("/api/v1/notifications?limit=1000\(unread ? "&unread=true" : "")\(after)")
            let page = (answer.json.arrayValue ?? []).compactMap { $0["id"]?.stringValue }
            ids += page
            if page.isEmpty || first == nil { return ids }
        }
    }
}

extension [NotificationSocket.Event] {
    var ids: [String] { compactMap(\.id) }

    /// The descriptions of the tickets.
    var descriptions: [String] { compactMap { $0.payload["data"]?["description"]?.stringValue } }

    /// The numbers in the ids.
    var sequences: [Int] { ids.compactMap { $0.split(separator: "-").last.flatMap { Int($0) } } }

    var areReplayed: Bool { allSatisfy(\.isReplayed) }
    var areLive: Bool { allSatisfy(\.isLive) }

    /// Whether every event has an id, and each id is above the one before.
    var isRising: Bool {
        sequences.count == count && zip(sequences, sequences.dropFirst()).allSatisfy { $0 < $1 }
    }
}

/// The descriptions that `file` gives its tickets.
func names(_ range: ClosedRange<Int>, _ name: String = "Ticket") -> [String] { range.map { "\(name) \($0)" } }
