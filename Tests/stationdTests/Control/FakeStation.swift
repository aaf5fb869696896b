import JSON

@testable import stationd

/// A station's control routes over two lists, as far as the commands need them.
struct FakeStation: ControlChannel {
    var users: [JSONObject] = []
    var stations: [JSONObject] = []
    var requests: [ControlRequest] = []
    /// If set, the answer to every request.
    var refusal: ControlAnswer?

    mutating func send(_ request: ControlRequest) throws(CommandFailure) -> ControlAnswer {
        requests.append(request)
        if let refusal { return refusal }
        let parts = request.path.split(separator: "/").map(String.init)
        let body = request.body?.objectValue ?? JSONObject()
        switch (request.method, parts[0], parts.count) {
        case (.get, "users", 1): return ControlAnswer(status: 200, body: .array(users.map { .object($0) }))
        case (.get, "stations", 1): return ControlAnswer(status: 200, body: .array(stations.map { .object($0) }))
        case (.post, "users", 1):
            users.append(made(body, idName: "user_id", id: users.count + 1))
            return ControlAnswer(status: 201, body: .object(users[users.count - 1]))
        case (.post, "stations", 1):
            stations.append(made(body, idName: "station_id", id: stations.count + 1))
            return ControlAnswer(status: 201, body: .object(stations[stations.count - 1]))
        case (.patch, "users", 2), (.put, "users", 3):
            return ControlAnswer(status: 200, body: .object(body))
        case (.post, "users", 3): return ControlAnswer(status: 200, body: .object(body))
        case (.post, "tokens", 1):
            let token = "token-of-\(body["user"]?.stringValue ?? "")"
            return ControlAnswer(status: 200, body: ["access_token": .string(token)])
        default:
            return ControlAnswer(status: 404, body: ["message": "Cannot do that"])
        }
    }

    private func made(_ body: JSONObject, idName: String, id: Int) -> JSONObject {
        var object: JSONObject = [idName: .integer(Int64(id))]
        for (name, value) in body where name != "password_hash" { object[name] = value }
        object["active"] = true
        return object
    }
}
