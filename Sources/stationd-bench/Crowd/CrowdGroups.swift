import JSON

/// The visitors that a load consists of.
struct CrowdGroups {
    /// The first address of those who hold the station up. Everybody else is at 127.0.0.1.
    private static let host: UInt8 = 2
    private static let silentHosts = 8
    private static let otherLoginMilliseconds = 80

    let load: CrowdLoad
    let sizes: CrowdSizes

    /// The groups to add. Those of others who log in come last.
    func groups(at station: StationUnderTest) throws(BenchFault) -> [VisitorGroup] {
        let token = station.target.driverToken
        switch load {
        case .lists:
            let session = try PollingSession(at: station, token: token)
            let packets = (0..<100).map { "42/notifications,\($0)[\"notifications:list\",{\"limit\":1000}]" }
            return [group(session.posting(packets)), group(session.polling)]
        case .frames:
            let session = try PollingSession(at: station, token: token)
            let packet = "42/notifications,[\"notifications:list\",{\"limit\":1000}]"
            return [group(session.posting(Array(repeating: packet, count: 300))), group(session.polling)]
        case .search:
            let query = String(repeating: "a", count: 199) + "b"
            return [group(RequestText.bytes("GET", "/api/v1/support?q=\(query)", token: token), 4)]
        case .query: return [group(RequestText.bytes("GET", "/api/v1/support?q=zebra", token: token))]
        case .escapes: return [group(RequestText.bytes("GET", "/api/v1/support", token: token), 32)]
        case .bodies: return [group(Self.largeLogin)]
        case .silence: return []
        case .logins:
            let others = (1...sizes.otherLogins).map { number in
                var other = VisitorGroup(name: "another login", request: Self.login(number))
                other.pace = .once(afterMilliseconds: number * Self.otherLoginMilliseconds)
                return other
            }
            return [group(Self.login(0), sizes.loginConnections)] + others
        case .filing:
            let request = TicketRequest(station.target, descriptionBytes: Load.descriptionBytesUsual)
            var filing = group(request.bytes, 8)
            filing.stampPlace = request.runNumberPlace
            return [filing]
        case .keys:
            let request = Self.keyed(token)
            var filing = group(request.bytes, 8)
            filing.stampPlace = request.stampPlace
            return [filing]
        }
    }

    /// A ticket with a key, of which the run number is a part.
    private static func keyed(_ token: String) -> (bytes: [UInt8], stampPlace: Int?) {
        let body: JSONValue = ["user_id": 1, "station_id": 1, "description": "A door."]
        let bytes = RequestText.bytes(
            "POST", "/api/v1/support", token: token, content: body.encoded(),
            type: "application/json\r\nIdempotency-Key: #0000000000")
        return (bytes, bytes.firstIndex(of: 0x23).map { $0 + 1 })
    }

    private func group(_ request: [UInt8], _ connections: Int = 1) -> VisitorGroup {
        var group = VisitorGroup(name: load.rawValue, request: request)
        (group.connections, group.host) = (connections, Self.host)
        return group
    }

    private static func login(_ number: Int) -> [UInt8] {
        let body: JSONValue = [
            "email": .string(CrowdScene.email(number)), "password": .string(CrowdScene.password),
        ]
        return RequestText.bytes("POST", "/api/v1/auth/login", content: body.encoded())
    }

    /// A login with members that nobody knows: 900 KB of `"m00000":1`.
    private static var largeLogin: [UInt8] {
        var content = Array("{\"email\":\"a@example.com\",\"password\":\"12345678\"".utf8)
        for number in 0..<75_000 { content += Array(",\"m\(100_000 + number)\":1".utf8) }
        return RequestText.bytes("POST", "/api/v1/auth/login", content: content + [0x7D])
    }

    /// The connections that never send anything, from eight addresses. They are closed with the list.
    func silentConnections(to station: StationUnderTest) throws(BenchFault) -> [SilentConnection] {
        guard load == .silence else { return [] }
        var connections: [SilentConnection] = []
        for number in 0..<sizes.silentConnections {
            let host = Self.host + UInt8(number % Self.silentHosts)
            connections.append(try SilentConnection(port: station.port, from: host))
        }
        return connections
    }
}

/// A connection that sends nothing.
final class SilentConnection {
    private let descriptor: Int32

    init(port: UInt16, from host: UInt8) throws(BenchFault) {
        descriptor = try Sockets.connect(port: port, from: host)
    }

    deinit { Sockets.close(descriptor) }
}
