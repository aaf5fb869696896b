import Bytes
import Crypto
import HTTP
import JSON

/// The commands for the fleet of a central server.
extension ControlCommand {
    private static let tokenBytes = 32

    /// Runs one of the fleet commands and returns the text to print.
    func runOnFleet(over channel: inout some ControlChannel) throws(CommandFailure) -> String {
        switch self {
        case .addFleetMember(let id, let name):
            // The token is made here, so the central server only ever sees its hash.
            let token = Random.hex(bytes: Self.tokenBytes)
            var body: JSONObject = ["station_id": .integer(Int64(id)), "token_sha256": Self.digest(of: token)]
            if let name { body["name"] = .string(name) }
            _ = try channel.result(of: ControlRequest(.post, "/fleet", .object(body)))
            try Self.mentionCommandKey(of: id, over: &channel)
            return "\(token)\n"
        case .renewFleetToken(let id):
            let token = Random.hex(bytes: Self.tokenBytes)
            let body: JSONValue = ["token_sha256": Self.digest(of: token)]
            _ = try channel.result(of: ControlRequest(.put, "/fleet/\(id)/token", body))
            try Self.mentionCommandKey(of: id, over: &channel)
            return "\(token)\n"
        case .removeFleetMember(let id, let isPurge):
            _ = try channel.result(of: ControlRequest(.delete, "/fleet/\(id)", isPurge ? ["purge": true] : nil))
            return "removed station \(id) from the fleet\(isPurge ? ", with everything it had reported" : "")\n"
        case .setUpNATS(let administration): return try Self.setUp(administration, over: &channel)
        case .showCommandKey(let id): return "\(try Self.commandKey(of: id, over: &channel))\n"
        case .signCommand(let id, let epoch, let type, let text):
            guard let data = try? JSONParser.parse(Array(text.utf8)), data.objectValue != nil else {
                throw CommandFailure(.dataFault, "DATA must be a JSON object such as {\"support_id\":17}")
            }
            let body: JSONValue = ["epoch": .string(epoch), "type": .string(type), "data": data]
            let answer = try channel.result(of: ControlRequest(.post, "/fleet/\(id)/signatures", body))
            return "\(answer["command"]?.stringValue ?? "")\n"
        default:
            let stations = try channel.result(of: ControlRequest(.get, "/fleet"))
            if case .listFleet(asJSON: true) = self { return Self.pretty(stations) }
            return Self.table(ofFleet: stations)
        }
    }

    private static func commandKey(
        of id: UInt32, over channel: inout some ControlChannel
    ) throws(CommandFailure) -> String {
        let answer = try channel.result(of: ControlRequest(.get, "/fleet/\(id)/command-key"))
        return answer["command_key"]?.stringValue ?? ""
    }

    /// Standard output has the token alone, for scripts.
    private static func mentionCommandKey(
        of id: UInt32, over channel: inout some ControlChannel
    ) throws(CommandFailure) {
        StandardStreams.complain(["the station's upstream.command_key is \(try commandKey(of: id, over: &channel))"])
    }

    private static func digest(of token: String) -> JSONValue {
        .string(Hex.encode(SHA256.hash(Array(token.utf8))))
    }

    private static func table(ofFleet stations: JSONValue) -> String {
        let rows = (stations.arrayValue ?? []).map { station in
            let names = ["station_id", "name", "epoch", "accepted_through", "last_contact", "waiting_commands"]
            let counts = station["tickets"]?.objectValue?.members.compactMap(\.value.integerValue) ?? []
            let tickets = counts.reduce(0, +)
            return names.map { PlainText.cell(station[$0]) } + ["\(tickets)", state(of: station)]
        }
        return PlainText.table(
            ["ID", "NAME", "EPOCH", "EVENTS THROUGH", "LAST CONTACT", "WAITING", "TICKETS", "STATE"], rows)
    }

    private static func state(of station: JSONValue) -> String {
        if station["removed_at"]?.stringValue != nil { return "removed" }
        if station["full"]?.boolValue == true { return "full" }
        return station["clock_wrong"]?.boolValue == true ? "clock wrong" : "ok"
    }
}
