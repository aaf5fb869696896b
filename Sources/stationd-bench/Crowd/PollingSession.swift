import HTTP
import JSON

/// A Socket.IO session over long polling (Engine.IO 4) that has joined `/notifications`.
struct PollingSession {
    private let target: String

    /// Opens a session.
    init(at station: StationUnderTest, token: String) throws(BenchFault) {
        let path = "/socket.io/?EIO=4&transport=polling"
        let opening = try Self.exchange(station, RequestText.bytes("GET", path))
        guard let start = opening.firstIndex(of: "{"),
            let id = try? JSONParser.parse(Array(opening[start...].utf8))["sid"]?.stringValue
        else { throw BenchFault("an unexpected answer to a polling handshake: \(opening)") }
        target = "\(path)&sid=\(id)"
        _ = try Self.exchange(station, posting(["40/notifications,{\"token\":\"\(token)\"}"]))
        let joined = try Self.exchange(station, polling)
        guard joined.contains("40/notifications") else { throw BenchFault("a poll did not join: \(joined)") }
    }

    /// The request that waits for packets.
    var polling: [UInt8] { RequestText.bytes("GET", target) }

    /// The request that sends packets: a payload with the separator of Engine.IO 4.
    func posting(_ packets: [String]) -> [UInt8] {
        let content = Array(packets.joined(separator: "\u{1E}").utf8)
        return RequestText.bytes("POST", target, content: content, type: "text/plain;charset=UTF-8")
    }

    private static func exchange(_ station: StationUnderTest, _ request: [UInt8]) throws(BenchFault) -> String {
        String(decoding: try RawExchange.answer(port: station.port, request), as: UTF8.self)
    }
}
