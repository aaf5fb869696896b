import Domain
import HTTP
import JSON

/// Users and stations over REST.
extension StationService {
    func listUsers(_ caller: Caller) throws(Refusal) -> HTTPResponse {
        let users = try desk.users(for: caller)
        return .json { writer in
            writer.beginArray()
            for user in users { user.write(into: &writer) }
            writer.endArray()
        }
    }

    func userResponse(_ text: String, _ context: RequestContext, _ caller: Caller) throws(Refusal) -> HTTPResponse {
        let id = try PathParameter.identifier(text)
        let response = try userResponse(id, caller)
        if context.method == .delete { _ = try execute(.deleteUser(id), by: caller, now: context.now) }
        return response
    }

    func userResponse(_ id: Identifier, _ caller: Caller) throws(Refusal) -> HTTPResponse {
        let user = try desk.user(id, for: caller)
        return .json { user.write(into: &$0) }
    }

    func stations(_ context: RequestContext, _ caller: Caller) throws(Refusal) -> HTTPResponse {
        guard context.method == .post else {
            let stations = try desk.stations(for: caller)
            return .json { writer in
                writer.beginArray()
                for station in stations { station.write(into: &writer) }
                writer.endArray()
            }
        }
        try mustBeAdmin(caller)
        let draft = try StationDraft(try context.json())
        let decision = try execute(.createStation(draft), by: caller, now: context.now)
        guard case .event(let event) = decision, case .stationCreated(let station) = event.change else {
            throw .notFound("Station not found")
        }
        return .json(.created) { station.write(into: &$0) }
    }

    func station(_ text: String, _ context: RequestContext, _ caller: Caller) throws(Refusal) -> HTTPResponse {
        if context.method == .patch { try mustBeAdmin(caller) }
        let id = try PathParameter.identifier(text)
        if context.method == .patch {
            let patch = try StationPatch(try context.json())
            _ = try execute(.updateStation(id, patch), by: caller, now: context.now)
        }
        let station = try desk.station(id, for: caller)
        return .json { station.write(into: &$0) }
    }
}
