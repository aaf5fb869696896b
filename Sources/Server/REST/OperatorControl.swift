import Bytes
import Domain
import Gateway
import HTTP
import JSON
import Platform

/// The commands of the machine's owner: over the Unix socket of a running station, or called directly on a stopped one.
final class OperatorControl {
    private static let placeholderPassword = "not a password"

    private let durable: DurableDesk
    private let accounts: Accounts
    private let people: PeopleAPI
    private let fleet: FleetAPI?

    /// - Parameter fleet: nil if this is not a central server.
    init(durable: DurableDesk, accounts: Accounts, people: PeopleAPI, fleet: FleetAPI?) {
        self.durable = durable
        self.accounts = accounts
        self.people = people
        self.fleet = fleet
    }

    private var desk: Desk { durable.desk }

    /// Answers a request below `/control/v1`. Its changes are durable after the next commit.
    func answer(_ request: HTTPRequest, now: Moment) -> HTTPResponse {
        let segments = request.segments
        guard segments.count > 2, segments[0] == "control", segments[1] == "v1" else {
            return ErrorBody.response(.notFound, "There is nothing here but /control/v1")
        }
        do throws(Refusal) {
            let body = try Self.body(of: request)
            switch (request.method, segments[2], segments.count) {
            case (.get, "users", 3): return try people.users(for: .operator)
            case (.post, "users", 3): return try addUser(body, now: now)
            case (.patch, "users", 4): return try changeUser(segments[3], body, now: now)
            case (.put, "users", 5) where segments[4] == "password":
                return try setPassword(of: segments[3], body, now: now)
            case (.post, "users", 5) where segments[4] == "unlock":
                let user = try desk.user(try PathParameter.identifier(segments[3]), for: .operator)
                accounts.unlock(user)
                return try accounts.userResponse(user.id, .operator)
            case (.post, "users", 5) where segments[4] == "logout":
                let id = try PathParameter.identifier(segments[3])
                _ = try accounts.endTokens(of: id, by: .operator, now: now)
                return try accounts.userResponse(id, .operator)
            case (.get, "stations", 3): return try people.stations(for: .operator)
            case (.post, "stations", 3): return try addStation(body, now: now)
            case (.post, "tokens", 3): return try makeToken(body, now: now)
            case (_, "fleet", _):
                return try administerFleet(request.method, Array(segments[3...]), body, now: now)
            default: return ErrorBody.response(.notFound, "Cannot \(request.method.rawValue) \(request.path)")
            }
        } catch {
            return HTTPResponse(error)
        }
    }

    private static func body(of request: HTTPRequest) throws(Refusal) -> JSONObject {
        if request.body.isEmpty { return JSONObject() }
        guard let object = (try? JSONParser.parse(forgiving: request.body))?.objectValue else {
            throw .badRequest("The body is not a JSON object")
        }
        return object
    }

    // MARK: Users, swap stations, tokens

    private func addUser(_ body: JSONObject, now: Moment) throws(Refusal) -> HTTPResponse {
        var body = body
        guard let hash = body.removeValue(forKey: "password_hash")?.stringValue, !hash.isEmpty else {
            throw .badRequest("password_hash is missing")
        }
        body.append("password", .string(Self.placeholderPassword))
        let user = Command.createUser(try UserDraft(.object(body)), passwordHash: hash)
        return .json(.created, try durable.create(user, by: .operator, now: now).answer.json)
    }

    private func changeUser(_ text: String, _ body: JSONObject, now: Moment) throws(Refusal) -> HTTPResponse {
        let id = try PathParameter.identifier(text)
        try durable.updateUser(id, try UserPatch(.object(body)), passwordHash: nil, by: .operator, now: now)
        return try accounts.userResponse(id, .operator)
    }

    private func setPassword(of text: String, _ body: JSONObject, now: Moment) throws(Refusal) -> HTTPResponse {
        let id = try PathParameter.identifier(text)
        guard let hash = body["password_hash"]?.stringValue, !hash.isEmpty else {
            throw .badRequest("password_hash is missing")
        }
        var patch = UserPatch()
        patch.password = Self.placeholderPassword
        try durable.updateUser(id, patch, passwordHash: hash, by: .operator, now: now)
        return try accounts.userResponse(id, .operator)
    }

    private func addStation(_ body: JSONObject, now: Moment) throws(Refusal) -> HTTPResponse {
        let station = Command.createStation(try SwapStationDraft(.object(body)))
        return .json(.created, try durable.create(station, by: .operator, now: now).answer.json)
    }

    private func makeToken(_ body: JSONObject, now: Moment) throws(Refusal) -> HTTPResponse {
        let reference = body["user"]?.stringValue ?? body["user"]?.integerValue.map(String.init) ?? ""
        let users = try desk.users(for: .operator)
        let user =
            Decimal.parse(reference).flatMap { number in users.first { UInt64($0.id) == number } }
            ?? desk.user(withEmail: reference)
            ?? users.first { $0.username == reference }
        guard let user else { throw .notFound("User not found") }
        guard users.count(where: { $0.username == reference }) < 2 || user.username != reference else {
            throw .conflict("There are several users \(reference): name one by number or e-mail address")
        }
        guard user.isActive else { throw .conflict("User \(user.username) is disabled") }
        let hours = body["hours"]?.integerValue.flatMap { (1...8_760).contains($0) ? Int($0) : nil }
        return accounts.tokenResponse(for: user, hours: hours, now: now)
    }

    // MARK: The fleet

    /// The routes below `/control/v1/fleet`.
    private func administerFleet(
        _ method: HTTPMethod, _ segments: [String], _ body: JSONObject, now: Moment
    ) throws(Refusal) -> HTTPResponse {
        guard let fleet else {
            throw .conflict("This is no central server: central.enabled is false in its configuration")
        }
        switch (method, segments.count) {
        case (.get, 0): return fleet.members()
        case (.post, 0):
            let id = try Self.newMember(in: body)
            let name = body["name"]?.stringValue
            guard name.map({ $0.unicodeScalars.count <= FleetLimits.stationNameMax }) ?? true else {
                throw .badRequest("name must be at most \(FleetLimits.stationNameMax) characters")
            }
            let digest = try Self.tokenDigest(in: body)
            try durable.administer(.addStation(id, name: name, tokenDigest: digest), by: .operator, now: now)
            return try fleet.response(with: id, .created)
        case (.put, 2) where segments[1] == "token":
            let id = try Self.member(segments[0])
            let digest = try Self.tokenDigest(in: body)
            try durable.administer(.renewToken(id, tokenDigest: digest), by: .operator, now: now)
            return try fleet.response(with: id)
        case (.get, 2) where segments[1] == "command-key":
            return try fleet.commandKey(of: try Self.member(segments[0]))
        case (.post, 2) where segments[1] == "signatures":
            return try fleet.sign(body, for: try Self.member(segments[0]), now: now)
        case (.delete, 1):
            let id = try Self.member(segments[0])
            let isPurge = body["purge"]?.boolValue == true
            // A member that is removed already can still be purged.
            if !isPurge || desk.fleetMember(id)?.isRemoved != true {
                try durable.administer(.removeStation(id), by: .operator, now: now)
            }
            if isPurge { try purge(id, now) }
            return try fleet.response(with: id)
        default: throw .notFound("There is nothing here")
        }
    }

    private func purge(_ id: Identifier, _ now: Moment) throws(Refusal) {
        for change in desk.fleetPurge(of: id) {
            let event = durable.desk(at: now).fleetEvent(change, by: .operator, now: now.wall)
            try durable.stage(event, record: event.record())
        }
    }

    private static func newMember(in body: JSONObject) throws(Refusal) -> Identifier {
        guard let number = body["station_id"]?.integerValue, let id = Identifier(exactly: number) else {
            throw .badRequest("station_id must be a number from 1 to \(FleetLimits.stationIDMax)")
        }
        return id
    }

    private static func member(_ segment: String) throws(Refusal) -> Identifier {
        _ = try PathParameter.identifier(segment)
        return Identifier(segment) ?? 0
    }

    private static func tokenDigest(in body: JSONObject) throws(Refusal) -> String {
        guard let text = body["token_sha256"]?.stringValue, text.utf8.count == 64, Hex.decode(text.utf8) != nil else {
            throw .badRequest("token_sha256 must be 64 hexadecimal digits")
        }
        return ASCII.lowercased(text)
    }
}
