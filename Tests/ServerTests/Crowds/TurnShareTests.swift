import Gateway
import Testing

@testable import Fuzzing
@testable import Gateway
@testable import Server

/// Clients that ask for a lot at once. Each gets its share of a turn, and so do the others.
@Suite struct TurnShareTests {
    private func station() throws -> CrowdedStation {
        try CrowdedStation {
            $0.driverWritesPerMinuteMax = 0
            $0.driverOpenTicketsMax = 0
        }
    }

    private func fill(_ station: CrowdedStation, count: Int, text: String) throws {
        let token = try station.token(1)
        let id = station.connect(9)
        for _ in 0..<count {
            station.request(
                "POST", "/api/v1/support", #"{"user_id":1,"description":"\#(text)"}"#, token: token, from: id)
        }
        for _ in 0..<(20 + count / 4) where station.statuses(at: id).count < count { try station.turn() }
        #expect(station.statuses(at: id).count == count)
    }

    @Test func `pipelined requests are answered a share a turn, and others meanwhile`() throws {
        let station = try station()
        let greedy = station.connect(1)
        let modest = station.connect(2)
        try station.turn()
        for _ in 0..<100 { station.request("GET", "/healthz", from: greedy) }
        try station.turn()
        #expect(station.statuses(at: greedy).count == TurnShare.eventsMax)
        station.request("GET", "/healthz", from: modest)
        try station.turn()
        #expect(station.statuses(at: modest) == [200])
        #expect(station.statuses(at: greedy).count == 2 * TurnShare.eventsMax)
        try station.turn(8)
        #expect(station.statuses(at: greedy).count == 100)
    }

    @Test func `a crowd is served over several turns, and none is forgotten`() throws {
        let station = try station()
        let crowd = (0..<100).map { station.connect(UInt64($0 % 4 + 1)) }
        try station.turn()
        for id in crowd { for _ in 0..<10 { station.request("GET", "/healthz", from: id) } }
        try station.turn()
        let answered = crowd.reduce(0) { $0 + station.statuses(at: $1).count }
        #expect(answered <= TurnShare.eventsPerTurnMax + TurnShare.eventsMax)
        try station.turn(8)
        #expect(crowd.allSatisfy { station.statuses(at: $0).count == 10 })
    }

    /// 100 such events in one payload of 5.6 KB held everybody up for 92 s.
    @Test func `a payload of a hundred lists keeps nobody else waiting`() throws {
        let station = try station()
        try fill(station, count: 200, text: String(repeating: "x", count: 4_000))
        let poller = station.connect(1)
        station.request("GET", "/socket.io/?EIO=4&transport=polling", from: poller)
        try station.turn(2)
        let post = "/socket.io/?EIO=4&transport=polling&sid=\(station.network.session)"
        station.request("POST", post, #"40/notifications,{"token":"\#(try station.token(2))"}"#, from: poller)
        try station.turn(2)
        let lists = (0..<100).map { #"42/notifications,\#($0)["notifications:list",{"limit":1000}]"# }
        station.request("POST", post, lists.joined(separator: "\u{1E}"), from: poller)
        let other = station.connect(2)
        try station.turn(2)
        for count in 1...30 {
            station.request("GET", "/api/v1/support/1", token: try station.token(1), from: other)
            try station.turn()
            #expect(station.statuses(at: other).count == count)
        }
    }

    @Test func `an event that asks for no acknowledgement is not worked on`() throws {
        let station = try station()
        try fill(station, count: 50, text: "x")
        let poller = station.connect(1)
        station.request("GET", "/socket.io/?EIO=4&transport=polling", from: poller)
        try station.turn(2)
        let path = "/socket.io/?EIO=4&transport=polling&sid=\(station.network.session)"
        station.request("POST", path, #"40/notifications,{"token":"\#(try station.token(2))"}"#, from: poller)
        try station.turn(2)
        let lists = (0..<16).map { _ in #"42/notifications,["notifications:list",{}]"# }
        station.request("POST", path, lists.joined(separator: "\u{1E}"), from: poller)
        try station.turn(4)
        station.request("GET", path, from: poller)
        try station.turn(4)
        #expect(!station.text(at: poller).contains("43/notifications"))
    }

    @Test func `a user's long lists wait for each other, and those of others do not wait for them`() throws {
        let station = try station()
        try fill(station, count: 200, text: String(repeating: "\\u0001", count: 900))
        let lists = (0..<10).map { _ in station.connect(1) }
        let token = try station.token(1)
        for id in lists { station.request("GET", "/api/v1/support", token: token, from: id) }
        let other = station.connect(2)
        try station.turn(2)
        station.request("GET", "/api/v1/support?limit=1", token: try station.token(2), from: other)
        var turns = 0
        while !station.isAnswered(other), turns < 50 {
            try station.turn()
            turns += 1
        }
        #expect(turns < 10)
        #expect(lists.filter { !station.isAnswered($0) }.count > 5)
        for _ in 0..<500 where lists.contains(where: { !station.isAnswered($0) }) { try station.turn() }
        let good = Array("HTTP/1.1 200".utf8)
        #expect(lists.allSatisfy { station.network.sent[$0]?.starts(with: good) == true })
    }
}
