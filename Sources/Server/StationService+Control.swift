import Bytes
import Domain
import Gateway
import HTTP
import JSON
import Platform

/// The commands of whoever owns the machine: over the Unix socket of a running station, or called directly on a stopped
/// one.
extension StationService {
    private static let placeholderPassword = "not a password"

    /// Answers a request below `/control/v1`. What it changes is durable after the next commit.
    public func control(_ request: HTTPRequest, now: Moment) -> HTTPResponse {
        let segments = request.segments
        guard segments.count > 2, segments[0] == "control", segments[1] == "v1" else {
            return ErrorBody.response(.notFound, "There is nothing here but /control/v1")
        }
        do throws(Refusal) {
            let body = try Self.body(of: request)
            switch (request.method, segments[2], segments.count) {
            case (.get, "users", 3): return try listUsers(.operator)
            case (.post, "users", 3): return try addUser(body, now: now)
            case (.patch, "users", 4): return try changeUser(segments[3], body, now: now)
            case (.put, "users", 5) where segments[4] == "password":
                return try setPassword(of: segments[3], body, now: now)
            case (.get, "stations", 3): return try listStations()
            case (.post, "stations", 3): return try addStation(body, now: now)
            case (.post, "tokens", 3): return try makeToken(body, now: now)
            case (_, "fleet", _): return try controlFleet(request.method, Array(segments[3...]), body, now: now)
            default: return ErrorBody.response(.notFound, "Cannot \(request.method.rawValue) \(request.path)")
            }
        } catch {
            return Self.response(to: error)
        }
    }

    private static func body(of request: HTTPRequest) throws(Refusal) -> JSONObject {
        if request.body.isEmpty { return JSONObject() }
        guard let object = (try? JSONParser.parse(request.body))?.objectValue else {
            throw .badRequest("The body is not a JSON object")
        }
        return object
    }

    private func addUser(_ body: JSONObject, now: Moment) throws(Refusal) -> HTTPResponse {
        var body = body
        guard let hash = body.removeValue(forKey: "password_hash")?.stringValue, !hash.isEmpty else {
            throw .badRequest("password_hash is missing")
        }
        body.append("password", .string(Self.placeholderPassword))
        let decision = try execute(
            .createUser(try UserDraft(.object(body)), passwordHash: hash), by: .operator, now: now)
        guard case .event(let event) = decision, case .userCreated(let user) = event.change else {
            throw .conflict("The user was not made")
        }
        return .json(.created) { user.write(into: &$0) }
    }

    private func changeUser(_ text: String, _ body: JSONObject, now: Moment) throws(Refusal) -> HTTPResponse {
        let id = try PathParameter.identifier(text)
        _ = try execute(
            .updateUser(id, try UserPatch(.object(body)), passwordHash: nil), by: .operator, now: now)
        return try userResponse(id, .operator)
    }

    private func setPassword(of text: String, _ body: JSONObject, now: Moment) throws(Refusal) -> HTTPResponse {
        let id = try PathParameter.identifier(text)
        guard let hash = body["password_hash"]?.stringValue, !hash.isEmpty else {
            throw .badRequest("password_hash is missing")
        }
        var patch = UserPatch()
        patch.password = Self.placeholderPassword
        _ = try execute(.updateUser(id, patch, passwordHash: hash), by: .operator, now: now)
        return try userResponse(id, .operator)
    }

    private func listStations() throws(Refusal) -> HTTPResponse {
        let stations = try desk.stations(for: .operator)
        return .json { writer in
            writer.beginArray()
            for station in stations { station.write(into: &writer) }
            writer.endArray()
        }
    }

    private func addStation(_ body: JSONObject, now: Moment) throws(Refusal) -> HTTPResponse {
        let decision = try execute(.createStation(try StationDraft(.object(body))), by: .operator, now: now)
        guard case .event(let event) = decision, case .stationCreated(let station) = event.change else {
            throw .conflict("The station was not made")
        }
        return .json(.created) { station.write(into: &$0) }
    }

    private func makeToken(_ body: JSONObject, now: Moment) throws(Refusal) -> HTTPResponse {
        let reference = body["user"]?.stringValue ?? body["user"]?.integerValue.map(String.init) ?? ""
        let users = try desk.users(for: .operator)
        let user =
            Decimal.parse(reference).flatMap { number in users.first { UInt64($0.id) == number } }
            ?? users.first { ASCII.equalIgnoringCase($0.email, reference) }
            ?? users.first { $0.username == reference }
        guard let user else { throw .notFound("User not found") }
        guard user.isActive else { throw .conflict("User \(user.username) is disabled") }
        let hours = body["hours"]?.integerValue.flatMap { (1...8_760).contains($0) ? Int($0) : nil }
        return tokenResponse(for: user, hours: hours, now: now)
    }
}
