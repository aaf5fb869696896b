import Domain
import Gateway
import HTTP
import JSON

/// Users and swap stations over REST. `Accounts` answers requests that need work on a password.
struct PeopleAPI {
    let durable: DurableDesk
    let accounts: Accounts

    private var desk: Desk { durable.desk }

    // MARK: Users

    /// All users at once, for the machine's owner; forbidden unless the caller is an admin.
    func users(for caller: Caller) throws(Refusal) -> HTTPResponse {
        let users = try desk.users(for: caller)
        return .json { writer in
            writer.beginArray()
            for user in users { user.write(into: &writer) }
            writer.endArray()
        }
    }

    func listUsers(_ request: APIRequest, _ caller: Caller) throws(Refusal) -> any Job {
        ListJob(NumberedRows<User>(for: caller), in: desk)
    }

    func createUser(_ request: APIRequest, _ caller: Caller) throws(Refusal) -> Answer {
        try accounts.createUser(request, by: caller)
    }

    func readUser(_ request: APIRequest, _ caller: Caller) throws(Refusal) -> Answer {
        .response(try accounts.userResponse(try request.identifier(), caller))
    }

    func updateUser(_ request: APIRequest, _ caller: Caller) throws(Refusal) -> Answer {
        try accounts.requireAdmin(caller)
        return try accounts.updateUser(try request.identifier(), request, by: caller)
    }

    /// Signs a user out everywhere.
    func endTokens(_ request: APIRequest, _ caller: Caller) throws(Refusal) -> Answer {
        try accounts.requireAdmin(caller)
        return .response(try accounts.endTokens(of: try request.identifier(), by: caller, now: request.now))
    }

    /// Answers with the user as it was before.
    func deleteUser(_ request: APIRequest, _ caller: Caller) throws(Refusal) -> Answer {
        let id = try request.identifier()
        let response = try accounts.userResponse(id, caller)
        try durable.deleteUser(id, by: caller, now: request.now)
        return .response(response)
    }

    // MARK: Swap stations

    /// All swap stations at once, for the machine's owner.
    func stations(for caller: Caller) throws(Refusal) -> HTTPResponse {
        let stations = try desk.stations(for: caller)
        return .json { writer in
            writer.beginArray()
            for station in stations { station.write(into: &writer) }
            writer.endArray()
        }
    }

    func listStations(_ request: APIRequest, _ caller: Caller) throws(Refusal) -> any Job {
        ListJob(NumberedRows<SwapStation>(for: caller), in: desk)
    }

    func createStation(_ request: APIRequest, _ caller: Caller) throws(Refusal) -> Answer {
        try accounts.requireAdmin(caller)
        let body = try request.json()
        let station = Command.createStation(try SwapStationDraft(body))
        let key = try request.idempotencyKey(for: body, in: "stations")
        let answer = try durable.create(station, key: key, by: caller, now: request.now).answer
        return .response(.json(.created, answer.json))
    }

    func readStation(_ request: APIRequest, _ caller: Caller) throws(Refusal) -> Answer {
        let station = try desk.station(try request.identifier(), for: caller)
        return .response(.json { station.write(into: &$0) })
    }

    func updateStation(_ request: APIRequest, _ caller: Caller) throws(Refusal) -> Answer {
        try accounts.requireAdmin(caller)
        let id = try request.identifier()
        let patch = try StationPatch(try request.changes())
        try durable.updateStation(id, patch, by: caller, now: request.now)
        return try readStation(request, caller)
    }
}
