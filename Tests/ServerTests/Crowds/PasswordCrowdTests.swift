import Platform
import Testing

@testable import Fuzzing
@testable import Server

/// Crowds of logins.
@Suite struct PasswordCrowdTests {
    /// One address logs in all the time with the right password, over seventy connections; twenty-five others log in
    /// once each.
    @Test(arguments: [UInt64(1), 2])
    func `logins without a pause do not shut out others`(_ otherSite: UInt64) throws {
        let station = try CrowdedStation { $0.passwordsPerMinutePerAccountMax = 1000 }
        let busy = (0..<70).map { _ in station.connect(1) }
        try station.turn()
        for id in busy { station.logIn("driver", from: id) }
        try station.turn()
        let others = (0..<25).map { _ in station.connect(otherSite) }
        try station.turn()
        for (number, id) in others.enumerated() {
            station.logIn("other\(number)", from: id)
            for id in busy where !station.statuses(at: id).isEmpty { station.logIn("driver", from: id) }
            try station.turn()
        }
        try station.endPasswordWork()
        // Nobody has these accounts, but each was looked at.
        #expect(others.map(station.statuses) == Array(repeating: [401], count: 25))
        #expect(try station.refused("password_queue_per_account_max") >= 60)
    }

    @Test func `the jobs of clients that have left are dropped`() throws {
        let station = try CrowdedStation()
        let leaving = (0..<10).map { _ in station.connect(1) }
        let staying = station.connect(1)
        try station.turn()
        for (number, id) in leaving.enumerated() { station.logIn("leaving\(number)", from: id) }
        station.logIn("driver", from: staying)
        try station.turn()
        for id in leaving { station.network.end(id) }
        try station.turn(2)
        var started = 0
        while let child = station.network.child(where: { if case .verifyPassword = $0 { true } else { false } }) {
            started += 1
            station.network.send(Array(#"{"match":true}"#.utf8), from: child.id)
            station.network.end(child.id)
            try station.turn(2)
        }
        // Two had begun, and one has stayed.
        #expect(started == 3)
        #expect(station.statuses(at: staying) == [200])
    }

    @Test func `successful logins count too`() throws {
        let station = try CrowdedStation {
            $0.passwordsPerMinutePerAccountMax = 5
            $0.passwordsPerMinutePerAddressMax = 12
        }
        let id = station.connect(1)
        try station.turn()
        for _ in 0..<7 {
            station.logIn("driver", from: id)
            try station.turn(2)
            try station.endPasswordWork()
        }
        // After the first, the address has a share of the account to itself.
        #expect(station.statuses(at: id) == [200, 200, 200, 200, 200, 200, 429])
        #expect(station.text(at: id).contains("Retry-After: 12\r\n"))
        for number in 0..<9 {
            station.logIn("other\(number)", from: id)
            try station.turn(2)
            try station.endPasswordWork()
        }
        #expect(station.statuses(at: id).dropFirst(7) == [401, 401, 401, 401, 401, 401, 429, 429, 429])
        let elsewhere = station.connect(2)
        station.logIn("admin", from: elsewhere)
        try station.turn(2)
        try station.endPasswordWork()
        #expect(station.statuses(at: elsewhere) == [200])
        station.wait(12_000)
        station.logIn("driver", from: id)
        try station.turn(2)
        try station.endPasswordWork()
        #expect(station.statuses(at: id).last == 200)
        #expect(try station.refused("passwords_per_minute_per_account_max") == 1)
        #expect(try station.refused("passwords_per_minute_per_address_max") == 3)
    }
}
