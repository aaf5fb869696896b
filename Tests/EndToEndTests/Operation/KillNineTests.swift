import Foundation
import Generators
import JSON
import Testing

extension EndToEnd {
    /// SIGKILL at any moment loses nothing that was answered.
    @Suite struct KillNine {
        private static let killCount =
            ProcessInfo.processInfo.environment["STATIOND_TEST_KILLS"].flatMap { Int($0) } ?? 300
        /// The number of kills per station. Then a new one begins, because each start has more to read.
        private static let killsPerStation = 30
        private static let writerCount = 4
        /// Small segments, so that new ones begin often.
        private static let limits = [("segment_bytes", 262_144), ("journal_bytes_max", 4 << 20)]

        /// The figures so far.
        private struct Tally {
            var killsUnderLoad = 0
            var killsAtStart = 0
            var killsAtCheckpoint = 0
            var answered = 0
            var verified = 0

            var kills: Int { killsUnderLoad + killsAtStart + killsAtCheckpoint }
        }

        @Test func `kills at random moments under load lose no answered write`() throws {
            var generator = RepeatableGenerator.announced("KillNine")
            var tally = Tally()
            while tally.kills < Self.killCount {
                try StationProcess.running(.init(limits: Self.limits)) { station in
                    let target = min(tally.kills + Self.killsPerStation, Self.killCount)
                    try kill(station, until: target, &tally, &generator)
                }
            }
            #expect(tally.answered > Self.killCount)
            print(
                "KillNine: \(tally.kills) kills (\(tally.killsUnderLoad) under load, "
                    + "\(tally.killsAtStart) during start, \(tally.killsAtCheckpoint) during a checkpoint), "
                    + "\(tally.answered) answered writes, \(tally.verified) tickets verified, none lost")
        }

        private func kill(
            _ station: StationProcess, until target: Int, _ tally: inout Tally, _ generator: inout RepeatableGenerator
        ) throws {
            let token = try #require(try station.logIn("admin@example.com").token)
            let writers = (0..<Self.writerCount).map {
                TicketWriter(name: "w\($0)", token: token, seed: generator.next())
            }
            var numbers: Set<Int64> = []
            // Every third station once lives long enough to start its own checkpointer.
            let longLife = (target / Self.killsPerStation).isMultiple(of: 3) ? target - Self.killsPerStation / 2 : -1
            while tally.kills < target {
                let isLong = tally.kills <= longLife && longLife <= tally.kills + 1
                try loadAndKill(station, writers, token, isLong: isLong, &tally, &generator)
                if tally.kills < target, Int.random(in: 0..<6, using: &generator) == 0 {
                    try killAtStart(station, &tally, &generator)
                }
                try station.start()
                let client = HTTPClient(port: station.port, token: token)
                for writer in writers { try writer.verify(with: client) }
                try expectFreshNumbers(writers, &numbers)
            }
            try verifyAll(station, writers, token)
            tally.answered += writers.reduce(0) { $0 + $1.answeredCount }
            tally.verified += writers.reduce(0) { $0 + $1.verifiedCount }
        }

        private func loadAndKill(
            _ station: StationProcess, _ writers: [TicketWriter], _ token: String, isLong: Bool, _ tally: inout Tally,
            _ generator: inout RepeatableGenerator
        ) throws {
            let port = station.port
            let checkpointer = isLong ? waitForCheckpoint(of: station) : nil
            let group = Threads.start(writers.count) { writers[$0].write(port: port) }
            if let checkpointer {
                usleep(UInt32.random(in: 0...20_000, using: &generator))
                if Bool.random(using: &generator) { Glibc.kill(checkpointer, SIGKILL) }
                tally.killsAtCheckpoint += 1
            } else if Int.random(in: 0..<5, using: &generator) == 0 {
                let child = try startCheckpoint(of: station, token)
                usleep(UInt32.random(in: 0...40_000, using: &generator))
                if Bool.random(using: &generator) { child.kill() }
                tally.killsAtCheckpoint += 1
                // A child that was not killed outlives the station, as an orphan would.
                station.kill()
                _ = child.wait(seconds: 20)
            } else {
                usleep(UInt32.random(in: 500...30_000, using: &generator))
                tally.killsUnderLoad += 1
            }
            station.kill()
            try group.wait(seconds: 30)
        }

        /// Kills the station while it resumes, perhaps before it has done anything at all.
        private func killAtStart(
            _ station: StationProcess, _ tally: inout Tally, _ generator: inout RepeatableGenerator
        ) throws {
            try station.launch()
            usleep(UInt32.random(in: 0...60_000, using: &generator))
            station.kill()
            tally.killsAtStart += 1
        }

        /// Waits for the station's own checkpointer, which starts five seconds after the station.
        private func waitForCheckpoint(of station: StationProcess) -> pid_t? {
            let deadline = Deadline(seconds: 8)
            while !deadline.isOver {
                let child = station.children.first { WholeFile.text("/proc/\($0)/cmdline").contains("checkpoint") }
                if let child { return child }
                usleep(1000)
            }
            return nil
        }

        /// Starts the same checkpointer ourselves, because the station's own runs only every few seconds.
        private func startCheckpoint(of station: StationProcess, _ token: String) throws -> SpawnedProcess {
            let status = try HTTPClient(port: station.port, token: token).get("/api/v1/status").json
            let last = try #require(status["journal"]?["last_sequence"]?.integerValue)
            return try SpawnedProcess(
                [BuiltProduct.stationd, "child", "checkpoint", station.data, "\(last)", "\(last)"], output: "/dev/null",
                errors: "/dev/null")
        }

        /// Checks that no number is ever given to a second ticket.
        private func expectFreshNumbers(_ writers: [TicketWriter], _ numbers: inout Set<Int64>) throws {
            let earlier = numbers.max() ?? 0
            for number in writers.flatMap({ $0.removeNewNumbers() }) {
                guard number > earlier, numbers.insert(number).inserted else {
                    throw HarnessFault("number \(number) was given out again (numbers up to \(earlier) were in use)")
                }
            }
        }

        /// Checks all tickets once more after a clean stop, and that there are no others.
        private func verifyAll(_ station: StationProcess, _ writers: [TicketWriter], _ token: String) throws {
            #expect(station.stop(seconds: 30) == .code(0))
            let check = try CommandResult.stationd("check", station.data)
            #expect(check.exit == .code(0), "\(check.excerpt)")
            try station.start()
            let client = HTTPClient(port: station.port, token: token)
            for writer in writers { try writer.verify(with: client, all: true) }
            let total = try client.get("/api/v1/support?limit=1")["X-Total-Count"].flatMap { Int($0) }
            #expect(total == writers.reduce(0) { $0 + $1.known.count })
            let statistics = try client.get("/api/v1/support/statistics").json
            #expect(statistics["total"]?.integerValue == total.map(Int64.init))
        }

        @Test func `a notification never comes before its ticket is durable`() throws {
            try StationProcess.running { station in
                let admin = try station.logIn("admin@example.com")
                let token = try #require(admin.token)
                var numbers: [JSONValue] = []
                for round in 0..<20 {
                    let way: SocketIOClient.Way = round.isMultiple(of: 2) ? .webSocket : .polling
                    let socket = try SocketIOClient(port: station.port, token: token, way: way)
                    try socket.connected()
                    try socket.openPoll()
                    let writer = HTTPClient(port: station.port, token: token)
                    try writer.send("POST", "/api/v1/support", ["user_id": 1, "description": "Round \(round)"])
                    // Notifications that earlier rounds left unproven come again first.
                    var event = try socket.nextEvent()
                    while event.payload["replayed"] == true { event = try socket.nextEvent() }
                    station.kill()
                    try station.start()
                    let data = try #require(event.payload["data"])
                    let id = try #require(data["support_id"])
                    numbers.append(try #require(event.payload["id"]))
                    let ticket = try HTTPClient(port: station.port, token: token).get("/api/v1/support/\(id)")
                    #expect(ticket.status == 200)
                    for name in ["support_id", "user_id", "description", "status", "created_at"] {
                        #expect(ticket.json[name] == data[name])
                    }
                }
                #expect(Set(numbers).count == 20)
            }
        }
    }
}
