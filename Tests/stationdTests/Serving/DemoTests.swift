import Foundation
import JSON
import Testing

@testable import stationd

@Suite struct DemoTests {
    private func prepare(_ station: inout FakeStation) throws(CommandFailure) -> Int {
        var hashCount = 0
        try Demo.prepare(over: &station) { () throws(CommandFailure) in
            hashCount += 1
            return "$y$hash"
        }
        return hashCount
    }

    private func refused(_ station: FakeStation) -> Bool {
        var station = station
        do {
            _ = try prepare(&station)
            return false
        } catch {
            return error.code == .dataFault && station.requests.allSatisfy { $0.method == .get }
        }
    }

    @Test func `an empty station gets the users, and the password is hashed once`() throws {
        var station = FakeStation()
        #expect(try prepare(&station) == 1)
        #expect(station.users.map { $0["email"] } == ["driver@example.com", "admin@example.com", "staff@example.com"])
        #expect(station.users.map { $0["role"] } == ["driver", "admin", "station_staff"])
        #expect(station.users[0]["username"] == "john_driver")
        #expect(station.users[2]["station_id"] == 1)
        #expect(station.stations.count == 1)
    }

    @Test func `a demo station from an earlier run is left alone`() throws {
        var station = FakeStation()
        _ = try prepare(&station)
        station.users.append(["user_id": 4, "email": "more@example.com"])
        let before = station
        #expect(try prepare(&station) == 0)
        #expect(station.users == before.users)
        #expect(station.stations == before.stations)
    }

    /// The process may be killed between any two of the requests.
    @Test func `an interrupted start is completed`() throws {
        var whole = FakeStation()
        _ = try prepare(&whole)
        for (users, stations) in [(0, 1), (1, 1), (2, 1)] {
            var station = FakeStation(
                users: Array(whole.users.prefix(users)), stations: Array(whole.stations.prefix(stations)))
            #expect(try prepare(&station) == 1)
            #expect(station.users == whole.users)
            #expect(station.stations == whole.stations)
        }
    }

    /// A start may be interrupted before there is a `station.json`, after each of these steps.
    @Test func `a directory left half created is used again`() throws {
        let steps = [
            "secret.key.tmp", "secret.key", "lock", "lock.checkpointer", "lock.segment", "journal", "cursors",
            "quarantine", "tls", "station.json.tmp",
        ]
        let path = "\(NSTemporaryDirectory())/stationd-demo-\(UUID())"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Demo.check(directory: path)
        for step in steps {
            #expect(FileManager.default.createFile(atPath: "\(path)/\(step)", contents: nil))
            try Demo.check(directory: path)
        }
        #expect(FileManager.default.createFile(atPath: "\(path)/notes.txt", contents: nil))
        #expect(throws: CommandFailure.self) { try Demo.check(directory: path) }
    }

    @Test func `a directory with other files is refused`() throws {
        for name in ["notes.txt", "journal", "cursors"] {
            let path = "\(NSTemporaryDirectory())/stationd-demo-\(UUID())"
            try FileManager.default.createDirectory(atPath: "\(path)/\(name)", withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(atPath: path) }
            #expect(throws: CommandFailure.self) { try Demo.check(directory: path) }
        }
    }

    @Test func `a station with other users is refused and left untouched`() {
        #expect(refused(FakeStation(users: [["user_id": 1, "email": "somebody@example.com"]])))
        #expect(
            refused(
                FakeStation(users: [
                    ["user_id": 1, "email": "driver@example.com"], ["user_id": 2, "email": "somebody@example.com"],
                ])))
        #expect(refused(FakeStation(stations: [["station_id": 1, "name": "North"]])))
        #expect(
            refused(
                FakeStation(
                    users: [["user_id": 1, "email": "driver@example.com"]],
                    stations: [["station_id": 1, "name": "North"]])))
    }

    @Test func `the text has all that is needed to try it out`() {
        let text = Demo.text(tokens: ["t1", "t2", "t3"], place: "127.0.0.1:8080", directory: "/tmp/stationd-demo")
        for part in [
            "the password station-demo", "driver@example.com", "admin@example.com", "staff@example.com",
            "A token for john_driver:\nt1\n", "A token for staff:\nt3\n",
            "curl -sS http://127.0.0.1:8080/api/v1/support -H 'Authorization: Bearer t1' -H 'Content-Type: "
                + "application/json' -d '{\"user_id\":1,",
            "curl -sS http://127.0.0.1:8080/api/v1/support -H 'Authorization: Bearer t2'\n",
        ] { #expect(text.contains(part), "\(part)") }
    }
}
