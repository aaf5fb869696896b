import Gateway
import Platform
import Testing

@testable import Fuzzing
@testable import Server

/// What waits for a disk that takes its time, and what does not. The disk has done its work when a test says so.
@Suite struct HeldAnswerTests {
    private let station: CrowdedStation
    private let driver: String
    private let admin: String

    init() throws {
        station = try CrowdedStation {
            $0.driverWritesPerMinuteMax = 0
            $0.staffWritesPerMinuteMax = 0
        }
        driver = try station.token(1)
        admin = try station.token(2)
        let first = station.connect(1)
        file("the first", from: first)
        try station.turn(4)
        #expect(station.statuses(at: first) == [201])
        station.network.holdsSyncs = true
    }

    private func file(_ text: String, from id: ConnectionID) {
        station.request(
            "POST", "/api/v1/support", #"{"user_id":1,"description":"\#(text)"}"#, token: driver, from: id)
    }

    private func get(_ path: String, _ token: String? = nil, from id: ConnectionID) {
        station.request("GET", path, token: token, from: id)
    }

    /// A connection that has asked for something, three turns ago.
    private func asked(_ path: String, _ token: String? = nil) throws -> ConnectionID {
        let id = station.connect(2)
        get(path, token, from: id)
        try station.turn(3)
        return id
    }

    /// Files a ticket and leaves its synchronization under way.
    private func fileSlowly() throws -> ConnectionID {
        let id = station.connect(1)
        file("a slow one", from: id)
        try station.turn(3)
        #expect(station.network.isSyncUnderWay)
        return id
    }

    @Test func `a change is answered when it is durable, and not before`() throws {
        let writer = try fileSlowly()
        try station.turn(50)
        #expect(station.statuses(at: writer) == [])
        station.network.endSync()
        try station.turn()
        #expect(station.statuses(at: writer) == [201])
    }

    @Test func `health, files and older tickets do not wait`() throws {
        let writer = try fileSlowly()
        for (path, token) in [
            ("/healthz", nil), ("/readyz", nil), ("/metrics", nil), ("/", nil), ("/api/v1/support/1", driver),
            ("/api/v1/auth/me", driver), ("/api/v1/users", admin), ("/nothing/here", nil),
            ("/api/v1/support/1/comments", admin), ("/api/v1/support/user/2", admin),
        ] as [(String, String?)] {
            #expect(station.statuses(at: try asked(path, token)).count == 1, "\(path)")
        }
        #expect(station.statuses(at: writer) == [])
    }

    @Test func `what shows an undurable ticket waits for it`() throws {
        let writer = try fileSlowly()
        let readers = try [
            ("/api/v1/support", driver), ("/api/v1/support", admin), ("/api/v1/support/2", driver),
            ("/api/v1/support/2/history", admin), ("/api/v1/support/statistics", admin),
            ("/api/v1/support?q=slow", admin), ("/api/v1/support/user/1", admin), ("/api/v1/notifications", admin),
            ("/api/v1/notifications/unread-count", admin), ("/api/v1/support/status/open", driver),
        ].map { ($0.0, try asked($0.0, $0.1)) }
        for (path, id) in readers { #expect(station.statuses(at: id) == [], "\(path)") }
        station.network.endSync()
        try station.turn()
        for (path, id) in readers { #expect(station.statuses(at: id) == [200], "\(path)") }
        #expect(station.statuses(at: writer) == [201])
    }

    @Test func `a refused change waits for the state that refuses it`() throws {
        let closer = station.connect(1)
        station.request("DELETE", "/api/v1/support/1", token: admin, from: closer)
        try station.turn(3)
        let late = station.connect(1)
        station.request("PATCH", "/api/v1/support/1", #"{"response":"late"}"#, token: admin, from: late)
        try station.turn(3)
        #expect(station.statuses(at: late) == [])
        station.network.endSync()
        try station.turn()
        #expect(station.statuses(at: closer) == [200])
        #expect(station.statuses(at: late) == [404])
    }

    @Test func `answers on one connection stay in order`() throws {
        let id = station.connect(1)
        file("a slow one", from: id)
        get("/healthz", from: id)
        get("/api/v1/support/1", driver, from: id)
        file("another one", from: id)
        get("/nothing/here", from: id)
        try station.turn(20)
        #expect(station.statuses(at: id) == [])
        while station.network.isSyncUnderWay {
            station.network.endSync()
            try station.turn(3)
        }
        #expect(station.statuses(at: id) == [201, 200, 200, 201, 404])
    }

    @Test func `what arrives while a commit is under way makes up the next one`() throws {
        let first = try fileSlowly()
        let others = (0..<20).map { _ in station.connect(3) }
        for id in others { file("one more", from: id) }
        try station.turn(5)
        station.network.endSync()
        try station.turn()
        #expect(station.statuses(at: first) == [201])
        #expect(others.allSatisfy { station.statuses(at: $0) == [] })
        #expect(station.network.isSyncUnderWay)
        station.network.endSync()
        try station.turn()
        #expect(others.allSatisfy { station.statuses(at: $0) == [201] })
        #expect(!station.network.isSyncUnderWay)
    }

    @Test func `a failed synchronization ends the process without an answer`() throws {
        let writer = try fileSlowly()
        let reader = try asked("/api/v1/support", driver)
        station.network.endSync(.failed(.inputOutput))
        #expect(throws: ServiceFailure.self) { try station.loop.turn() }
        #expect(station.statuses(at: writer) == [])
        #expect(station.statuses(at: reader) == [])
    }

    @Test func `a stop waits for the commit under way, and its answer still goes out`() throws {
        let writer = try fileSlowly()
        station.network.signal(.terminate)
        for _ in 0..<20 {
            station.wait(1_000)
            #expect(try station.loop.turn())
        }
        #expect(station.isOpen(writer))
        station.network.endSync()
        while try station.loop.turn() { station.wait(1_000) }
        #expect(station.statuses(at: writer) == [201])
    }
}
