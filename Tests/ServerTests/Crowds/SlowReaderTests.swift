import Platform
import Testing

@testable import Fuzzing
@testable import Gateway
@testable import Server

/// Clients that ask for much and read little of it.
@Suite struct SlowReaderTests {
    private let limits: (inout Limits) -> Void = {
        $0.outputBytesMax = 300_000
        $0.slowClientBytesPerSecondMin = 100
        $0.slowClientTimeoutMillis = 30_000
    }

    /// A connection that has asked for long files and reads nothing.
    private func stalled(_ station: CrowdedStation, _ site: UInt64, requests: Int) throws -> ConnectionID {
        let id = station.connect(site)
        try station.turn()
        station.network.stall(id, true)
        for _ in 0..<requests { station.request("GET", "/api/asyncapi.json", from: id) }
        try station.turn(requests + 1)
        return id
    }

    @Test func `a client that reads a byte at a time is closed`() throws {
        let station = try CrowdedStation(limits)
        let id = try stalled(station, 1, requests: 1)
        for _ in 0..<29 {
            station.wait(999)
            station.network.read(1, at: id)
            try station.turn()
            #expect(station.isOpen(id))
        }
        station.wait(2000)
        try station.turn()
        #expect(!station.isOpen(id))
        #expect(station.loop.refusalCount(of: .slowClientRate) == 1)
        #expect(station.loop.waitingOutputBytes == 0)
    }

    @Test func `a client that reads enough stays for as long as it takes`() throws {
        let station = try CrowdedStation(limits)
        let id = try stalled(station, 1, requests: 1)
        let total = station.loop.waitingOutputBytes
        #expect(total > 20_000)
        for _ in 0..<(total / 1100) {
            station.wait(9_000)
            station.network.read(1100, at: id)
            try station.turn()
            try #require(station.isOpen(id))
        }
        station.network.stall(id, false)
        try station.turn()
        #expect(station.statuses(at: id) == [200] && station.loop.waitingOutputBytes == 0)
    }

    @Test func `a client that reads nothing is closed, as ever`() throws {
        let station = try CrowdedStation(limits)
        let id = try stalled(station, 1, requests: 1)
        station.wait(29_000)
        try station.turn()
        #expect(station.isOpen(id))
        station.wait(1001)
        try station.turn()
        #expect(!station.isOpen(id))
        #expect(station.loop.refusalCount(of: .slowClientTimeout) == 1)
    }

    @Test func `waiting output is bounded in total, and the longest and largest go first`() throws {
        let station = try CrowdedStation(limits)
        var slow: [ConnectionID] = []
        for number in 0..<30 {
            slow.append(try stalled(station, UInt64(1 + number % 8), requests: 2))
            #expect(station.loop.waitingOutputBytes <= 300_000)
            let waiting = station.loop.connections.all.reduce(0) { $0 + $1.outbox.count }
            #expect(waiting == station.loop.waitingOutputBytes)
        }
        let closed = slow.filter { !station.isOpen($0) }
        #expect(!closed.isEmpty && closed == Array(slow.prefix(closed.count)))
        #expect(station.loop.refusalCount(of: .output) == closed.count)
        // Another client is answered.
        let other = station.connect(9)
        station.request("GET", "/api/asyncapi.json", from: other)
        try station.turn()
        #expect(station.statuses(at: other) == [200])
    }

    @Test func `what waits for polls counts too`() throws {
        let station = try CrowdedStation {
            $0.outputBytesMax = 200_000
            $0.staffWritesPerMinuteMax = 0
            $0.pingIntervalMillis = 600_000
        }
        let open = "/socket.io/?EIO=4&transport=polling"
        let token = try station.token(2)
        for site in UInt64(1)...8 {
            let id = station.connect(site)
            station.request("GET", open, from: id)
            try station.turn()
            let join = "40/notifications,{\"token\":\"\(token)\"}"
            station.request("POST", "\(open)&sid=\(station.network.session)", join, from: id)
            try station.turn(2)
        }
        #expect(station.loop.sessions.all.filter(\.isAuthenticated).count == 8)
        let writer = station.connect(9)
        let description = String(repeating: "x", count: 4900)
        for _ in 0..<60 {
            station.request(
                "POST", "/api/v1/support", "{\"user_id\":1,\"description\":\"\(description)\"}", token: token,
                from: writer)
            try station.turn(2)
            let buffered = station.loop.sessions.all.reduce(0) { $0 + $1.engine.bufferedBytes }
            #expect(buffered == station.loop.waitingOutputBytes && buffered <= 200_000)
        }
        #expect(station.statuses(at: writer).allSatisfy { $0 == 201 })
        #expect(station.loop.refusalCount(of: .output) > 0)
    }
}
