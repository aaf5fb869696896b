import Foundation
import JSON

/// Checks of what must be true of a station restarted after a fault.
extension FaultErrands {
    mutating func verify(port: UInt16, tokens: DemoTokens) {
        do {
            let client = HTTPClient(port: port, token: tokens.admin)
            for id in tickets.keys.sorted() { try verify(id, client) }
            for id in deleted.sorted() where try client.get("/api/v1/support/\(id)").status != 404 {
                object("ticket \(id) was deleted and is back")
            }
            try verifyUnanswered(client)
            for (key, description, id) in keys {
                let body: JSONValue = ["user_id": 1, "description": .string(description), "station_id": 1]
                let answer = try client.request("POST", "/api/v1/support", body, fields: [("Idempotency-Key", key)])
                if answer.json["support_id"] != .integer(id) {
                    object("repeated with its key, ticket \(id) became \(answer.status) \(answer.excerpt)")
                }
            }
            let emails = try client.get("/api/v1/users").json.arrayValue?.map { $0["email"]?.stringValue } ?? []
            for email in users where emails.count(where: { $0 == email }) != 1 { object("user \(email) is lost") }
            try verifyTotal(client)
            hearAgain(port: port, tokens)
            for word in untold { object("no listener heard of \(word)") }
            verifyTold()
        } catch {
            object("verifying: \(error)")
        }
    }

    private mutating func verify(_ id: Int64, _ client: HTTPClient) throws {
        guard let known = tickets[id] else { return }
        let answer = try client.get("/api/v1/support/\(id)")
        if answer.status == 404, known.mayBeGone { return }
        guard answer.status == 200 else { return object("ticket \(id) is lost: \(answer.status) \(answer.excerpt)") }
        var expected = known.json
        if let response = answer.json["response"]?.stringValue, known.possibleResponses.contains(response) {
            expected = expected.with(["response": .string(response), "updated_at": answer.json["updated_at"] ?? .null])
        }
        if known.mayBeClosed, answer.json["status"] == "closed" {
            let names = ["status", "updated_at", "closed_at"]
            for name in names { expected = expected.with([name: answer.json[name] ?? .null]) }
        }
        if !known.possibleComments.isEmpty {
            expected = expected.with(["updated_at": answer.json["updated_at"] ?? .null])
        }
        if answer.json != expected { object("ticket \(id) was \(expected.text) and is \(answer.excerpt)") }
        let comments = try client.get("/api/v1/support/\(id)/comments").json.arrayValue ?? []
        let bodies = comments.compactMap { $0["body"]?.stringValue }
        if bodies != known.comments, bodies != known.comments + known.possibleComments {
            object("comments of ticket \(id) were \(known.comments) and are \(bodies)")
        }
    }

    private mutating func verifyUnanswered(_ client: HTTPClient) throws {
        for (description, key) in unanswered {
            if let key {
                // The client repeats the request, as a real one would.
                let body: JSONValue = ["user_id": 1, "description": .string(description), "station_id": 1]
                let answer = try client.request("POST", "/api/v1/support", body, fields: [("Idempotency-Key", key)])
                if answer.status != 201 { object("a repeated POST was answered \(answer.status): \(answer.excerpt)") }
            }
            let found = try client.get("/api/v1/support?q=\(description.prefix { $0.isASCII })").json.arrayValue?.count
            guard let found, found <= 1, key == nil || found == 1 else {
                return object("\(found as Any) tickets \(description.prefix { $0.isASCII })")
            }
        }
    }

    /// Checks that there is no ticket that nobody asked for.
    private mutating func verifyTotal(_ client: HTTPClient) throws {
        let total = try client.get("/api/v1/support?limit=1")["X-Total-Count"].flatMap { Int($0) }
        let mayBeGone = tickets.values.count(where: \.mayBeGone)
        let expected = tickets.count - mayBeGone...tickets.count + unanswered.count
        guard let total, expected.contains(total) else {
            return object("there are \(total as Any) tickets instead of \(expected)")
        }
    }

    /// Checks that each id stands for one notification.
    private mutating func verifyTold() {
        var names: [String: String] = [:]
        for told in told {
            let meaning = "\(told.name) \(told.support) \(told.response ?? "")"
            if let other = names.updateValue(meaning, forKey: told.id), other != meaning {
                object("\(told.id) is both \(other) and \(meaning)")
            }
        }
    }

    /// Checks that every ticket a listener heard of before the fault is there, even if its creation was not answered.
    mutating func verifyToldBefore(_ early: [Told], port: UInt16, tokens: DemoTokens) {
        let client = HTTPClient(port: port, token: tokens.admin)
        let gone = Set(early.filter { $0.name.hasSuffix("deleted") }.map(\.support)).union(deleted)
        for id in Set(early.map(\.support)).subtracting(gone).sorted() {
            let answer = try? client.get("/api/v1/support/\(id)")
            if answer?.status == 404, tickets[id]?.mayBeGone == true { continue }
            guard let answer, answer.status == 200 else {
                object("a listener heard of ticket \(id), which is not there: \(answer?.status as Any)")
                continue
            }
            // A ticket's responses are numbered. The stored one must not be older than one a listener heard of.
            let last = early.filter { $0.support == id }.compactMap { Self.round($0.response) }.max() ?? 0
            let present = Self.round(answer.json["response"]?.stringValue) ?? 0
            if present < last { object("a listener heard response \(last) of ticket \(id), which has \(present)") }
        }
        for id in gone where early.contains(where: { $0.support == id && $0.name.hasSuffix("deleted") }) {
            if (try? client.get("/api/v1/support/\(id)"))?.status != 404 {
                object("a listener heard that ticket \(id) was deleted")
            }
        }
    }

    private static func round(_ response: String?) -> Int? {
        guard let response, let dash = response.firstIndex(of: "-") else { return nil }
        return Int(response[response.index(after: dash)...].prefix(while: \.isNumber))
    }
}
