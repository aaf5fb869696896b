import Platform
import Testing

@testable import Fuzzing
@testable import Gateway
@testable import Server

/// Crowds of connections that say nothing, or never finish.
@Suite struct ConnectionCrowdTests {
    private static let sites: ClosedRange<UInt64> = 1...8

    /// A station whose places are all taken by silent connections from eight addresses.
    private func crowded() throws -> (CrowdedStation, silent: [ConnectionID]) {
        let station = try CrowdedStation {
            $0.connectionsMax = 200
            $0.connectionsPerAddressMax = 25
            $0.socketsPerUserMax = 16
        }
        var silent: [ConnectionID] = []
        for site in Self.sites { for _ in 0..<25 { silent.append(station.connect(site)) } }
        try station.turn(5)
        #expect(station.loop.connectionCount == 200)
        return (station, silent)
    }

    @Test func `silent connections make room for newcomers, the oldest first`() throws {
        let (station, silent) = try crowded()
        let token = try station.token(1)
        for number in 0..<16 {
            let id = station.connect(50 + UInt64(number))
            station.request("GET", "/api/v1/auth/me", token: token, from: id)
            try station.turn()
            #expect(station.statuses(at: id) == [200])
        }
        #expect(station.loop.connectionCount == 200)
        // Each of the eight addresses has given up its two oldest.
        let closed = silent.indices.filter { !station.isOpen(silent[$0]) }
        #expect(closed == Self.sites.flatMap { site in [0, 1].map { (Int(site) - 1) * 25 + $0 } })
        #expect(try station.refused("silent_connections") >= 16)
        #expect(try station.refused("connections_max") == 0)
    }

    @Test func `a burst within one turn makes room for the one that speaks`() throws {
        let station = try CrowdedStation {
            $0.connectionsPerAddressMax = 20
            $0.socketsPerUserMax = 16
        }
        for _ in 0..<40 { _ = station.connect(1) }
        let id = station.connect(1)
        station.request("GET", "/healthz", from: id)
        for _ in 0..<19 { _ = station.connect(1) }
        try station.turn()
        #expect(station.statuses(at: id) == [200])
        #expect(station.loop.connectionCount == 20)
    }

    @Test func `a full address makes room by its own silent connections`() throws {
        let (station, silent) = try crowded()
        let token = try station.token(1)
        let id = station.connect(3)
        station.request("GET", "/api/v1/auth/me", token: token, from: id)
        try station.turn()
        #expect(station.statuses(at: id) == [200])
        #expect(silent.filter { !station.isOpen($0) } == [silent[50]])
    }

    @Test func `connections with a token keep their places`() throws {
        let station = try CrowdedStation {
            $0.connectionsMax = 10
            $0.connectionsPerAddressMax = 5
            $0.socketsPerUserMax = 10
        }
        let token = try station.token(1)
        var known: [ConnectionID] = []
        for number in 0..<10 {
            known.append(station.connect(UInt64(1 + number / 5)))
            station.request("GET", "/api/v1/auth/me", token: token, from: known[number])
            try station.turn()
        }
        let sameAddress = station.connect(1)
        let other = station.connect(9)
        for id in [sameAddress, other] { station.request("GET", "/healthz", from: id) }
        try station.turn(2)
        #expect(station.statuses(at: sameAddress) == [429] && station.statuses(at: other) == [503])
        #expect(station.text(at: other).contains("Retry-After"))
        #expect(known.allSatisfy(station.isOpen))
        let counts = GatewayLimit.allCases.map(station.loop.refusalCount)
        #expect(counts == [1, 1, 0, 0, 0, 0, 0, 0])
    }

    @Test func `a flood drives out its own connections, not those of a slow client elsewhere`() throws {
        let (station, _) = try crowded()
        let slow = station.connect(20)
        station.send("GET /healthz HTTP/1.1\r\n", from: slow)
        try station.turn()
        for _ in 0..<20 {
            for site in Self.sites { _ = station.connect(site) }
            _ = station.connect(30)
            try station.turn()
        }
        station.send("Host: a\r\n\r\n", from: slow)
        try station.turn()
        #expect(station.statuses(at: slow) == [200])
    }

    @Test func `a login keeps its place while it waits for the password to be compared`() throws {
        let (station, _) = try crowded()
        let login = station.connect(20)
        station.logIn("driver", from: login)
        try station.turn()
        for _ in 0..<300 {
            _ = station.connect(20)
            try station.turn()
        }
        try station.endPasswordWork()
        #expect(station.statuses(at: login) == [200])
    }

    // MARK: Socket.IO

    private let open = "/socket.io/?EIO=4&transport=polling"

    /// Opens a session and joins a namespace in one go; the connection stays.
    private func session(_ station: CrowdedStation, _ site: UInt64, _ packet: String) throws -> (ConnectionID, String) {
        let id = station.connect(site)
        station.request("GET", open, from: id)
        try station.turn()
        let sid = station.network.session
        station.request("POST", "\(open)&sid=\(sid)", packet, from: id)
        try station.turn(2)
        return (id, sid)
    }

    @Test(arguments: ["40", "40/notifications,{\"token\":\"x\"}", ""])
    func `only a namespace that needs a token ends the connect timeout`(_ packet: String) throws {
        let station = try CrowdedStation { $0.pingIntervalMillis = 600_000 }
        let token = try station.token(1)
        _ = try session(station, 1, "40/notifications,{\"token\":\"\(token)\"}")
        if packet.isEmpty {
            let id = station.connect(2)
            station.request("GET", open, from: id)
            try station.turn()
        } else {
            _ = try session(station, 2, packet)
        }
        #expect(station.loop.engineClientCount == 2)
        station.wait(44_000)
        try station.turn()
        #expect(station.loop.engineClientCount == 2)
        station.wait(2_000)
        try station.turn()
        // A polling client has yet to fetch the end of its session.
        station.wait(31_000)
        try station.turn()
        #expect(station.loop.engineClientCount == 1)
    }

    @Test func `silent sessions make room for newcomers, the oldest first`() throws {
        let station = try CrowdedStation {
            $0.connectionsMax = 20
            $0.connectionsPerAddressMax = 10
            $0.socketsPerUserMax = 4
        }
        let token = try station.token(1)
        for number in 0..<20 {
            let (id, _) = try session(station, UInt64(1 + number % 4), number == 0 ? "1" : "40")
            station.network.end(id)
            try station.turn(2)
        }
        for site in UInt64(10)..<14 {
            let (id, _) = try session(station, site, "40/notifications,{\"token\":\"\(token)\"}")
            #expect(station.statuses(at: id) == [200, 200])
            station.network.end(id)
            try station.turn(2)
        }
        #expect(station.service.handlers.turn != nil)
        #expect(station.loop.engineClientCount <= 20)
        #expect(station.loop.refusalCount(of: .connections) == 0)
        for site in UInt64(20)..<40 {
            let id = station.connect(site)
            station.request("GET", open, from: id)
            try station.turn()
            #expect(station.statuses(at: id) == [200])
            station.network.end(id)
            try station.turn(2)
        }
        // Those who have joined are still there.
        #expect(station.loop.sessions.all.filter(\.isAuthenticated).count == 4)
    }

    @Test func `a stranger's attachments are not kept`() throws {
        let station = try CrowdedStation()
        _ = try session(station, 1, "40\u{1e}451-[\"x\",{\"_placeholder\":true,\"num\":0}]")
        // What it was sent before, a polling client may still fetch.
        #expect(station.loop.sessions.all.map(\.engine.isOpen) == [false])
    }

    // MARK: Input

    @Test func `unfinished requests of strangers are bounded in total`() throws {
        let max = 1_000_000
        let station = try CrowdedStation { $0.unauthenticatedInputBytesMax = max }
        let piece = String(repeating: "x", count: 10_000)
        var strangers: [ConnectionID] = []
        for number in 0..<200 {
            let id = station.connect(UInt64(1 + number % 8))
            station.send("POST /api/v1/support HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n", from: id)
            for _ in 0...(number % 5) { station.send(piece, from: id) }
            try station.turn()
            #expect(station.loop.connections.silent.inputBytes <= max)
            strangers.append(id)
        }
        let refused = strangers.filter { station.statuses(at: $0) == [503] }
        #expect(!refused.isEmpty && refused.count == station.loop.refusalCount(of: .unauthenticatedInput))
        #expect(refused.allSatisfy { station.text(at: $0).contains("Connection: close") })
        // The largest went, so a small request gets through.
        let small = station.connect(9)
        station.logIn("driver", from: small)
        try station.turn()
        try station.endPasswordWork()
        #expect(station.statuses(at: small) == [200])
        for id in strangers { station.network.end(id) }
        try station.turn(3)
        station.wait(40_000)
        try station.turn(2)
        #expect(station.loop.connections.silent.inputBytes == 0)
    }

    @Test func `messages and heads of strangers count too, and those of others do not`() throws {
        let max = 100_000
        let station = try CrowdedStation { $0.unauthenticatedInputBytesMax = max }
        let token = try station.token(2)
        let known = station.connect(1)
        station.request("GET", "/api/v1/auth/me", token: token, from: known)
        try station.turn()
        station.send("POST /api/v1/support HTTP/1.1\r\nHost: a\r\nContent-Length: 900000\r\n\r\n", from: known)
        for _ in 0..<8 {
            station.send(String(repeating: "x", count: 60_000), from: known)
            try station.turn()
        }
        let key = "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        for number in 0..<40 {
            let id = station.connect(UInt64(2 + number % 8))
            if number % 2 == 0 {
                station.send("GET /healthz HTTP/1.1\r\nX: \(String(repeating: "x", count: 9000))", from: id)
            } else {
                station.send(
                    "GET /notifications HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\(key)\r\n",
                    from: id)
                try station.turn()
                let header: [UInt8] = [0x81, 0xFE, 0xFF, 0xF0, 0, 0, 0, 0]
                station.network.send(header + [UInt8](repeating: 0x20, count: 9000), from: id)
            }
            try station.turn()
            #expect(station.loop.connections.silent.inputBytes <= max)
        }
        #expect(station.loop.refusalCount(of: .unauthenticatedInput) > 0)
        #expect(station.isOpen(known) && station.statuses(at: known) == [200])
    }
}
