import Bytes
import HTTP
import JSON

extension ControlCommand {
    /// The user whose password the command needs, for the prompt, and where to read it; nil if it needs none.
    var passwordNeeded: (user: String, source: PasswordSource)? {
        switch self {
        case .addUser(let user, let source): (user.username, source)
        case .setPassword(let user, let source): (user, source)
        default: nil
        }
    }

    /// Runs the command and returns the text to print.
    ///
    /// - Parameter passwordHash: the hash of the password that `passwordNeeded` asks for.
    func run(over channel: inout some ControlChannel, passwordHash: String?) throws(CommandFailure) -> String {
        switch self {
        case .addUser(let user, _):
            let added = try channel.result(of: ControlRequest(.post, "/users", user.body(passwordHash)))
            return "added \(Self.name(of: added))\n"
        case .listUsers(let asJSON):
            let users = try channel.result(of: ControlRequest(.get, "/users"))
            return asJSON ? Self.pretty(users) : Self.table(ofUsers: users)
        case .setPassword(let reference, _):
            let user = try Self.find(reference, over: &channel)
            let body: JSONValue = ["password_hash": passwordHash.map { .string($0) } ?? .null]
            _ = try channel.result(of: ControlRequest(.put, "/users/\(user.id)/password", body))
            return "changed the password of \(Self.name(of: user.user))\n"
        case .disableUser(let reference):
            let user = try Self.find(reference, over: &channel)
            _ = try channel.result(of: ControlRequest(.patch, "/users/\(user.id)", ["active": false]))
            return "disabled \(Self.name(of: user.user))\n"
        case .enableUser(let reference):
            let user = try Self.find(reference, over: &channel)
            _ = try channel.result(of: ControlRequest(.patch, "/users/\(user.id)", ["active": true]))
            return "enabled \(Self.name(of: user.user))\n"
        case .signOutUser(let reference):
            let user = try Self.find(reference, over: &channel)
            _ = try channel.result(of: ControlRequest(.post, "/users/\(user.id)/logout"))
            return "signed out \(Self.name(of: user.user))\n"
        case .unlockUser(let reference):
            let user = try Self.find(reference, over: &channel)
            _ = try channel.result(of: ControlRequest(.post, "/users/\(user.id)/unlock"))
            return "unlocked \(Self.name(of: user.user))\n"
        case .addStation(let station):
            let added = try channel.result(of: ControlRequest(.post, "/stations", station.body))
            let name = added["name"]?.stringValue ?? station.name
            return "added station \(added["station_id"]?.integerValue ?? 0) (\(PlainText.visible(name)))\n"
        case .listStations(let asJSON):
            let stations = try channel.result(of: ControlRequest(.get, "/stations"))
            return asJSON ? Self.pretty(stations) : Self.table(ofStations: stations)
        case .makeToken(let reference, let hours):
            var body: JSONObject = ["user": .string(reference)]
            if let hours { body["hours"] = .integer(Int64(hours)) }
            let answer = try channel.result(of: ControlRequest(.post, "/tokens", .object(body)))
            guard let token = answer["access_token"]?.stringValue else {
                throw CommandFailure(.software, "the station's answer has no access_token")
            }
            return "\(token)\n"
        case .addFleetMember, .renewFleetToken, .removeFleetMember, .listFleet, .showCommandKey, .signCommand,
            .setUpNATS:
            return try runOnFleet(over: &channel)
        }
    }

    /// The user that `text` names. If no address or name matches exactly, one that matches but for ASCII case is used.
    private static func find(
        _ text: String, over channel: inout some ControlChannel
    ) throws(CommandFailure) -> (id: Int64, user: JSONValue) {
        let users = try channel.result(of: ControlRequest(.get, "/users")).arrayValue ?? []
        let matching: (JSONValue, (String, String) -> Bool) -> Bool = { user, equal in
            switch UserReference(text) {
            case .id(let id): user["user_id"]?.integerValue == id
            case .email(let email): user["email"]?.stringValue.map { equal($0, email) } ?? false
            case .username(let name): user["username"]?.stringValue.map { equal($0, name) } ?? false
            }
        }
        var found = users.filter { matching($0, ==) }
        if found.isEmpty { found = users.filter { matching($0, ASCII.equalIgnoringCase) } }
        guard found.count < 2 else {
            let numbers = found.compactMap { $0["user_id"]?.integerValue }.map { "\($0)" }.joined(separator: ", ")
            throw CommandFailure(
                .unknownUser,
                "there are \(found.count) users \(text): name one by number (\(numbers)) or e-mail address")
        }
        guard let user = found.first, let id = user["user_id"]?.integerValue else {
            throw CommandFailure(.unknownUser, "there is no user \(text)")
        }
        return (id, user)
    }

    // MARK: Texts

    private static func name(of user: JSONValue) -> String {
        "user \(user["user_id"]?.integerValue ?? 0) (\(PlainText.visible(user["username"]?.stringValue ?? "")))"
    }

    /// JSON with line breaks and indentation, and a line end.
    static func pretty(_ value: JSONValue) -> String {
        String(decoding: value.encoded(.pretty), as: UTF8.self) + "\n"
    }

    private static func table(ofUsers users: JSONValue) -> String {
        let rows = (users.arrayValue ?? []).map { user in
            ["user_id", "username", "email", "role", "station_id", "active"].map { PlainText.cell(user[$0]) }
        }
        return PlainText.table(["ID", "USERNAME", "EMAIL", "ROLE", "STATION", "ACTIVE"], rows)
    }

    private static func table(ofStations stations: JSONValue) -> String {
        let rows = (stations.arrayValue ?? []).map { station in
            ["station_id", "name", "address", "latitude", "longitude", "status"].map { PlainText.cell(station[$0]) }
        }
        return PlainText.table(["ID", "NAME", "ADDRESS", "LATITUDE", "LONGITUDE", "STATUS"], rows)
    }
}

extension UserDescription {
    /// The body of a request for a new user: as in the API, with the hash in place of the password.
    func body(_ passwordHash: String?) -> JSONValue {
        var body: JSONObject = ["email": .string(email), "username": .string(username), "role": .string(role)]
        if let phone { body["phone"] = .string(phone) }
        if let stationID { body["station_id"] = .integer(stationID) }
        if let passwordHash { body["password_hash"] = .string(passwordHash) }
        return .object(body)
    }
}

extension SwapStationDescription {
    /// The body of a request for a new swap station, as in the API.
    var body: JSONValue {
        var body: JSONObject = ["name": .string(name), "address": .string(address)]
        if let latitude { body["latitude"] = .double(latitude) }
        if let longitude { body["longitude"] = .double(longitude) }
        return .object(body)
    }
}
