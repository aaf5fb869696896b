import Bytes
import JSON
import Testing

@testable import Domain

/// The time by which things get too old.
@Suite struct RunningTimeTests {
    private static let day: Int64 = 86_400_000

    private func noted(_ scene: Scene) throws -> [Int64?] {
        try scene.records.map { try Event(record: try JSONParser.parse($0)).running }
    }

    @Test func `it is noted first, then with each new day and every ten minutes`() throws {
        var scene = try Scene.furnished()
        #expect(try noted(scene) == [0, nil, nil, nil, nil, nil, nil])
        for millis: Int64 in [599_999, 1, 1, 86_400_000 - 600_001 - 1, 1, 86_400_000] {
            scene.wait(milliseconds: millis)
            try scene.file()
        }
        #expect(
            try noted(scene).suffix(6) == [nil, 600_000, nil, 86_399_999, 86_400_000, 172_800_000])
    }

    @Test func `an age is counted from the end of a day of running time`() throws {
        var scene = try Scene.furnished()
        scene.wait(milliseconds: Self.day / 2)
        try scene.file()  // 8, on day 0
        scene.wait(milliseconds: 2 * Self.day)
        try scene.file()  // 9, on day 2
        func first(_ age: Int64, _ running: Int64) -> UInt64 {
            scene.desk.runningTime.firstEvent(notOlderThan: age, at: running)
        }
        #expect(first(Self.day, 2 * Self.day - 1) == 0)
        #expect(first(Self.day, 2 * Self.day) == 9)
        #expect(first(Self.day, 4 * Self.day - 1) == 9)
        #expect(first(Self.day, 4 * Self.day) == .max)
        #expect(first(.max, .max) == 0 && first(.min, .max) == 0 && first(0, .min) == 0)
    }

    @Test func `neither clocks that jump nor time without power make anything older`() throws {
        var scene = try Scene.furnished()
        try scene.file()  // 8
        for _ in 0..<20 {
            // It boots in 1970, runs for an hour, and is told the time.
            let desk = try scene.replayed()
            #expect(desk.running == scene.desk.runningTime.noted)
            scene.desk = desk
            scene.now = Timestamp(milliseconds: 0)
            scene.wait(milliseconds: 3_600_000)
            try scene.file()
            scene.setClock(byMilliseconds: 20_000 * Self.day)
            try scene.file()
        }
        #expect(scene.desk.running == 20 * 3_600_000)
        #expect(try scene.desk.unreadCount(for: Scene.admin) == 41)
        // In a long run, they do get older.
        scene.wait(milliseconds: 31 * Self.day)
        #expect(try scene.desk.unreadCount(for: Scene.admin) == 0)
        try scene.file()
        #expect(try scene.desk.unreadCount(for: Scene.admin) == 1)
    }

    @Test func `what came before the first day known counts as part of it`() throws {
        let scene = try Scene.furnished()
        let time = try RunningTime(
            MemberReader(
                ["running": .integer(9 * Self.day), "days": [["day": 9, "first": 5]], "sequence": 5]), id: 1)
        #expect(time.firstEvent(notOlderThan: Self.day, at: 11 * Self.day - 1) == 0)
        #expect(time.firstEvent(notOlderThan: Self.day, at: 11 * Self.day) == .max)
        #expect(scene.desk.runningTime.firstEvent(notOlderThan: 0, at: 0) == 0)
    }

    @Test func `the days are bounded`() throws {
        var time = RunningTime()
        for day in 0..<Int64(5_000) {
            let event = Event(
                sequence: UInt64(day) + 1, at: Timestamp(milliseconds: 0), by: .station, change: .unknown(type: "x"),
                command: nil, running: day * Self.day, dropped: [], keyed: nil)
            _ = time.apply(event)
        }
        #expect(time.json()["days"]?.arrayValue?.count == 4_096)
        #expect(time.firstEvent(notOlderThan: 3650 * Self.day, at: 5_000 * Self.day) == 1_351)
        #expect(time.firstEvent(notOlderThan: 4_999 * Self.day, at: 5_000 * Self.day) == 0)
    }

    @Test func `a time that cannot be is cut`() throws {
        let scene = try Scene.furnished()
        let record = #"{"seq":8,"at":"2025-01-12T10:30:01.800Z","by":1,"running":9223372036854775807,"type":"later"}"#
        scene.desk.apply(try Event(record: try JSONParser.parse(Array(record.utf8))))
        #expect(scene.desk.running == 1 << 53)
        scene.desk.advance(toRunning: .max)
        #expect(scene.desk.runningTime.isDue(at: scene.desk.running) == false)
        #expect(throws: DocumentFault.self) {
            try Event(record: try JSONParser.parse(Array(record.replacing("9223372036854775807", with: "-1").utf8)))
        }
    }
}
