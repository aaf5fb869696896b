import Bytes
import Platform
import Testing

@testable import Fuzzing
@testable import Gateway
@testable import Server

/// Clients behind trusted proxies: what counts by address counts by theirs.
@Suite struct ProxiedCrowdTests {
    /// Two proxies are trusted: 192.0.2.200 and everything in 10.0.0.0/8.
    private static let proxy: UInt64 = 200

    private func station(_ change: (inout Limits) -> Void = { _ in }) throws -> CrowdedStation {
        try CrowdedStation(
            {
                $0.connectionsMax = 200
                $0.connectionsPerAddressMax = 5
                $0.socketsPerUserMax = 5
                $0.loginTriesPerAccountMax = 2
                $0.loginTriesPerAddressMax = 2
                change(&$0)
            },
            configure: { $0.listenProxies = ["192.0.2.200", "10.0.0.0/8"].compactMap { IPNetwork(text: $0) } })
    }

    private static func line(_ address: String) -> String { "PROXY TCP4 \(address) 192.0.2.1 4711 8080\r\n" }

    private static func by(_ field: String) -> String { "X-Forwarded-For: \(field)\r\n" }

    /// The statuses of three logins with a wrong password, each on a connection of its own.
    private func failedLogins(
        at station: CrowdedStation, from site: UInt64 = proxy, preface: String = "", fields: String = ""
    ) throws -> [Int] {
        try (0..<3).map { number in
            let id = station.connect(site)
            station.send(preface, from: id)
            // Another account each time: the limit of the address is the one to meet.
            station.logIn("stranger\(id.slot)", fields: fields, from: id)
            try station.turn()
            try station.endPasswordWork(isRight: false)
            return station.statuses(at: id).first ?? 0
        }
    }

    // MARK: Logins

    @Test func `failed logins count by the address that a trusted proxy names`() throws {
        let station = try station()
        for (preface, fields) in [
            ("", Self.by("198.51.100.1")), ("", Self.by("10.9.9.9, 198.51.100.2, 10.0.0.3")),
            ("", Self.by("198.51.100.3:4711")), ("", "Forwarded: for=\"[2001:db8:7::1]:4711\"\r\n"),
            ("", "Forwarded: for=198.51.100.4;proto=https, for=10.0.0.1\r\n"), (Self.line("198.51.100.5"), ""),
            // Both are there and agree.
            ("", Self.by("198.51.100.6") + "Forwarded: for=198.51.100.6\r\n"),
            // A proxy in front of the proxy speaks for its client.
            (Self.line("10.0.0.1"), Self.by("198.51.100.7")),
            // What follows PROXY is the client's own text.
            (Self.line("198.51.100.8"), Self.by("198.51.100.99")),
        ] {
            #expect(
                try failedLogins(at: station, preface: preface, fields: fields) == [401, 401, 429],
                "\(preface)\(fields)")
        }
    }

    @Test func `where no proxy is believed, its own address counts`() throws {
        for (preface, fields) in [
            ("", ""), ("", Self.by("_hidden")), ("", Self.by("198.51.100.1, unknown")), ("", "Forwarded: for=\"1\r\n"),
            ("PROXY UNKNOWN\r\n", ""), ("", Self.by("198.51.100.1") + "Forwarded: for=198.51.100.2\r\n"),
            ("", Self.by("198.51.100.1") + "Forwarded: for=_a\r\n"),
        ] {
            let station = try station()
            #expect(try failedLogins(at: station, preface: preface, fields: fields) == [401, 401, 429])
            // Those who come through it are not touched by that.
            let others = Self.by("203.0.113.9")
            #expect(try failedLogins(at: station, fields: others).first == 401, "\(preface)\(fields)")
            #expect(try failedLogins(at: station).first == 429, "\(preface)\(fields)")
        }
    }

    @Test func `nobody else is believed`() throws {
        let station = try station()
        var found: [Int] = []
        for number in 0..<3 {
            let fields = Self.by("203.0.113.\(number)") + "Forwarded: for=203.0.113.\(number)\r\n"
            found += [try #require(try failedLogins(at: station, from: 7, fields: fields).first)]
        }
        #expect(found == [401, 429, 429])
        let id = station.connect(8)
        station.send(Self.line("203.0.113.9") + "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n", from: id)
        let binary = station.connect(9)
        station.send("\r\n\r\n\u{0}\r\nQUIT\n!\u{11}\u{0}\u{C}", from: binary)
        try station.turn()
        #expect(station.statuses(at: id) == [400] && station.statuses(at: binary) == [400])
    }

    @Test func `one connection carries requests of many, each with its own client`() throws {
        let station = try station()
        let id = station.connect(Self.proxy)
        for round in 0..<2 {
            for number in 0..<20 {
                station.logIn("stranger\(round)-\(number)", fields: Self.by("198.51.100.\(number)"), from: id)
                try station.turn()
                try station.endPasswordWork(isRight: false)
                #expect(station.statuses(at: id).last == 401, "\(round) \(number)")
                if round == 0, number == 7 { break }
            }
        }
        station.logIn("stranger", fields: Self.by("198.51.100.3"), from: id)
        try station.turn()
        #expect(station.statuses(at: id).last == 429)
    }

    // MARK: Connections

    @Test func `a proxy's connections count toward no address, and toward the total`() throws {
        let station = try station { $0.connectionsMax = 40 }
        let token = try station.token(1)
        let ids = (0..<40).map { _ in station.connect(Self.proxy) }
        for (number, id) in ids.enumerated() {
            station.request(
                "GET", "/api/v1/auth/me", token: token, fields: Self.by("198.51.100.\(number % 4)"), from: id)
        }
        try station.turn(2)
        #expect(ids.allSatisfy { station.statuses(at: $0) == [200] })
        // Between requests they are nobody's, and make room.
        let newcomer = station.connect(1)
        station.request("GET", "/healthz", from: newcomer)
        try station.turn(2)
        #expect(station.statuses(at: newcomer) == [200] && station.loop.connectionCount == 40)
    }

    @Test(arguments: [0, 1, 7, 100]) func `connections with a PROXY header count by its address`(_ cut: Int) throws {
        let station = try station()
        let token = try station.token(1)
        let request = "GET /api/v1/auth/me HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \(token)\r\n\r\n"
        func ask(_ address: String) throws -> ConnectionID {
            let id = station.connect(Self.proxy)
            let text = Self.line(address) + request
            station.send(String(text.prefix(cut)), from: id)
            try station.turn()
            station.send(String(text.dropFirst(cut)), from: id)
            try station.turn()
            return id
        }
        let known = try (0..<5).map { _ in try ask("198.51.100.1") }
        let more = try ask("198.51.100.1")
        let other = try ask("198.51.100.2")
        #expect(known.allSatisfy { station.statuses(at: $0) == [200] })
        #expect(station.statuses(at: more) == [429] && station.statuses(at: other) == [200])
        #expect(station.text(at: more).contains("Too many connections from this address"))
        // A place is free again, and nothing is left counted.
        station.network.end(known[0])
        try station.turn()
        let again = try ask("198.51.100.1")
        #expect(station.statuses(at: again) == [200])
        for id in known + [more, other, again] { station.network.end(id) }
        try station.turn(2)
        #expect(station.loop.connectionCount == 0)
        #expect(station.loop.connections.refusedCount == 0 && station.loop.connections.silent.count == 0)
        #expect(station.loop.connections.count(from: PeerAddress(.ipv4(0xC633_6401)).site) == 0)
    }

    @Test func `a WebSocket over a proxy counts by its client's address`() throws {
        let station = try station()
        let token = try station.token(1)
        func open(_ address: String, target: String) throws -> Int? {
            let id = station.connect(Self.proxy)
            station.request(
                "GET", target,
                fields: Self.by(address) + "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                    + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", from: id)
            try station.turn(2)
            return station.statuses(at: id).first
        }
        for _ in 0..<5 {
            #expect(try open("198.51.100.1", target: "/notifications?token=\(token)") == 101)
        }
        #expect(try open("198.51.100.1", target: "/notifications?token=\(token)") == 429)
        #expect(try open("198.51.100.1", target: "/socket.io/?EIO=4&transport=websocket") == 429)
        #expect(try open("198.51.100.2", target: "/socket.io/?EIO=4&transport=websocket") == 101)
        #expect(station.loop.refusalCount(of: .connectionsPerAddress) == 2)
    }

    @Test func `sessions over a proxy count by their clients' addresses`() throws {
        let station = try station()
        let token = try station.token(1)
        let id = station.connect(Self.proxy)
        for number in 0..<12 {
            station.request(
                "GET", "/socket.io/?EIO=4&transport=polling", fields: Self.by("198.51.100.\(number % 2)"), from: id)
            try station.turn()
            let path = "/socket.io/?EIO=4&transport=polling&sid=\(station.network.session)"
            station.request("POST", path, "40/notifications,{\"token\":\"\(token)\"}", from: id)
            try station.turn(2)
        }
        #expect(station.loop.engineClientCount == 10)
        #expect(Set(station.loop.sessions.all.map { "\($0.peer)" }) == ["198.51.100.0", "198.51.100.1"])
    }

    @Test func `a malformed PROXY header closes the connection without an answer`() throws {
        let station = try station()
        let id = station.connect(Self.proxy)
        station.send("PROXY TCP4 nobody nowhere 1 2\r\nGET /healthz HTTP/1.1\r\nHost: a\r\n\r\n", from: id)
        try station.turn()
        #expect(!station.isOpen(id) && !station.isAnswered(id) && station.loop.connectionCount == 0)
    }

    @Test func `a proxy that says nothing, or half a header, is not waited for for ever`() throws {
        let station = try station()
        let (silent, slow) = (station.connect(Self.proxy), station.connect(Self.proxy))
        station.send("PROXY TCP4 19", from: slow)
        try station.turn()
        station.wait(10_001)
        try station.turn()
        #expect(station.isOpen(silent) && !station.isOpen(slow))
        station.wait(65_000)
        try station.turn()
        #expect(!station.isOpen(silent))
        #expect(!station.isAnswered(silent) && !station.isAnswered(slow))
    }

    @Test func `input of strangers over a proxy is bounded, also after somebody else's token`() throws {
        let station = try station {
            $0.connectionsMax = 200
            $0.unauthenticatedInputBytesMax = 100_000
        }
        let token = try station.token(1)
        let ids = (0..<10).map { _ in station.connect(Self.proxy) }
        for id in ids { station.request("GET", "/api/v1/auth/me", token: token, from: id) }
        try station.turn(2)
        for id in ids {
            station.send("POST /api/v1/support HTTP/1.1\r\nHost: a\r\nContent-Length: 50000\r\n\r\n", from: id)
            station.send(String(repeating: "x", count: 40_000), from: id)
        }
        try station.turn(2)
        #expect(ids.filter { station.statuses(at: $0).last == 503 }.count == 8)
    }

    // MARK: Neighbours

    /// On a LAN every phone has an address of the same network.
    @Test func `neighbours count one by one, and a network elsewhere as one`() throws {
        let station = try CrowdedStation {
            $0.connectionsPerAddressMax = 3
            $0.socketsPerUserMax = 3
        }
        let token = try station.token(1)
        station.network.links = [IPNetwork(text: "2001:db8:0:1::/64")].compactMap { $0 }
        func served(_ prefix: String) throws -> Int {
            try (0..<20).filter { number in
                let address = try #require(IPAddress(text: "\(prefix)::\(number + 1)"))
                let id = station.connect(
                    from: PeerAddress(address, isNeighbour: station.network.isNeighbour(address)))
                station.request("GET", "/api/v1/auth/me", token: token, from: id)
                try station.turn(2)
                return station.statuses(at: id) == [200]
            }.count
        }
        #expect(try served("2001:db8:0:1") == 20)
        #expect(try served("2001:db8:0:2") == 3)
    }

    @Test func `a neighbour is one over a proxy too`() throws {
        let station = try station()
        station.network.links = [IPNetwork(text: "2001:db8:0:1::/64")].compactMap { $0 }
        for number in 1..<4 {
            let near = try failedLogins(at: station, fields: Self.by("2001:db8:0:1::\(number)"))
            let far = try failedLogins(at: station, fields: Self.by("2001:db8:0:2::\(number)"))
            #expect(near == [401, 401, 429] && far.first == (number == 1 ? 401 : 429))
        }
    }
}
