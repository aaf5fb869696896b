import Platform
import Testing

@testable import Fuzzing
@testable import Server

/// Users who change more than they may, and bodies that are larger than they need be.
@Suite struct WriteQuotaTests {
    private let ticket = #"{"user_id":1,"description":"x"}"#

    /// Files tickets and gives the number of each status.
    private func file(
        _ count: Int, _ station: CrowdedStation, _ token: String, from id: ConnectionID
    ) throws -> [Int: Int] {
        let before = station.statuses(at: id).count
        for _ in 0..<count { station.request("POST", "/api/v1/support", ticket, token: token, from: id) }
        // A connection's requests take several turns.
        for _ in 0..<(3 + count / 4) where station.statuses(at: id).count < before + count { try station.turn() }
        return Dictionary(station.statuses(at: id).dropFirst(before).map { ($0, 1) }, uniquingKeysWith: +)
    }

    @Test func `a driver's changes are limited, and an admin's more generously`() throws {
        let station = try CrowdedStation {
            $0.staffWritesPerMinuteMax = 120
            $0.driverOpenTicketsMax = 0
        }
        #expect(Limits().driverWritesPerMinuteMax == 60 && Limits().staffWritesPerMinuteMax == 1200)
        let (driver, admin) = (try station.token(1), try station.token(2))
        let (first, second, other) = (station.connect(1), station.connect(2), station.connect(1))
        #expect(try file(50, station, driver, from: first) == [201: 50])
        // The quota is the user's, whatever the connection and the address.
        #expect(try file(50, station, driver, from: second) == [201: 10, 429: 40])
        #expect(station.text(at: second).contains("Retry-After: 1\r\n"))
        #expect(station.text(at: second).contains("Too many changes: at most 60 in a minute"))
        #expect(try file(100, station, admin, from: other) == [201: 100])
        #expect(try station.refused("driver_writes_per_minute_max") == 40)
        station.wait(5_000)
        #expect(try file(50, station, driver, from: first) == [201: 5, 429: 45])
        // Reading is no change, and neither is a new token.
        for path in ["GET /api/v1/support", "POST /api/v1/auth/refresh"] {
            let parts = path.split(separator: " ").map(String.init)
            station.request(parts[0], parts[1], token: driver, from: second)
        }
        try station.turn(2)
        #expect(station.statuses(at: second).suffix(2) == [200, 200])
        #expect(try file(60, station, admin, from: other) == [201: 30, 429: 30])
        #expect(try station.refused("staff_writes_per_minute_max") == 30)
    }

    @Test func `changes over sockets count with the others`() throws {
        let station = try CrowdedStation { $0.driverWritesPerMinuteMax = 10 }
        let token = try station.token(1)
        let id = station.connect(1)
        let open = "/socket.io/?EIO=4&transport=polling"
        station.request("GET", open, from: id)
        try station.turn()
        let path = "\(open)&sid=\(station.network.session)"
        station.request("POST", path, "40/notifications,{\"token\":\"\(token)\"}", from: id)
        try station.turn()
        let writer = station.connect(2)
        #expect(try file(6, station, token, from: writer) == [201: 6])
        let reads = (0..<8).map { "42/notifications,\($0)[\"notifications:read\",{\"ids\":[]}]" }
        station.request("POST", path, reads.joined(separator: "\u{1e}"), from: id)
        try station.turn()
        for _ in 0..<3 {
            station.request("GET", path, from: id)
            try station.turn()
        }
        let text = station.text(at: id)
        for number in 0..<4 { #expect(text.contains("43/notifications,\(number)[{\"unread\":0}]"), "\(number)") }
        for number in 4..<8 {
            #expect(text.contains("43/notifications,\(number)[{\"error\":{\"statusCode\":429"), "\(number)")
        }
        #expect(try file(1, station, token, from: writer) == [429: 1])
    }

    @Test func `0 means no limit`() throws {
        let station = try CrowdedStation {
            $0.driverWritesPerMinuteMax = 0
            $0.driverOpenTicketsMax = 0
        }
        #expect(try file(200, station, try station.token(1), from: station.connect(1)) == [201: 200])
    }

    @Test func `a login body of a megabyte is refused, and its answer is short`() throws {
        let station = try CrowdedStation()
        let id = station.connect(1)
        let members = (0..<50_000).map { "\"member\($0)\":1" }.joined(separator: ",")
        station.request("POST", "/api/v1/auth/login", "{\(members)}", from: id)
        try station.turn(20)
        #expect(station.statuses(at: id) == [413])
        #expect(station.text(at: id).utf8.count < 1000)
        let few = (0..<900).map { "\"member\($0)\":1" }.joined(separator: ",")
        station.request("POST", "/api/v1/auth/login", "{\(few)}", from: id)
        try station.turn(2)
        #expect(station.statuses(at: id) == [413, 400])
        #expect(station.text(at: id).utf8.count < 3000)
        #expect(try station.refused("route_body_bytes_max") == 1)
    }
}
