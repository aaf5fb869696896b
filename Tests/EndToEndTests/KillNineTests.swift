import Foundation
import JSON
import Testing

extension EndToEnd {
    /// SIGKILL at any moment loses nothing that was answered.
    @Suite struct KillNine {
        private static let killCount =
            ProcessInfo.processInfo.environment["STATIOND_TEST_KILLS"].flatMap { Int($0) } ?? 300
        private static let writerCount = 6
        /// Small segments, so that rolling over and checkpoints happen all the time.
        private static let limits = [("segment_bytes", 65_536), ("journal_bytes_max", 4 * 1024 * 1024)]

        /// What was done so far.
        private struct Tally {
            var killsUnderLoad = 0
            var killsAtStart = 0
            var killsAtCheckpoint = 0
            var highestNumber: Int64 = 0
            var numbers: Set<Int64> = []

            var kills: Int { killsUnderLoad + killsAtStart + killsAtCheckpoint }
        }

        @Test func noAnsweredWriteIsLostByKillsAtRandomMomentsUnderLoad() throws {
            var generator = SeededGenerator.announced("KillNine")
            try StationProcess.running(.init(limits: Self.limits, settings: [("log", ["level": "warning"])])) {
                station in
                let token = try #require(try station.logIn("admin@example.com").token)
                let writers = (0..<Self.writerCount).map {
                    TicketWriter(name: "w\($0)", token: token, seed: generator.next())
                }
                var tally = Tally()
                while tally.kills < Self.killCount {
                    try loadAndKill(station, writers, &tally, &generator)
                    if tally.kills < Self.killCount, Int.random(in: 0..<6, using: &generator) == 0 {
                        try killAtStart(station, &tally, &generator)
                    }
                    try station.start()
                    let client = HTTPClient(port: station.port, token: token)
                    for writer in writers { try writer.verify(with: client) }
                    try expectFreshNumbers(writers, &tally)
                }
                try verifyAll(station, writers, token)
                let answered = writers.reduce(0) { $0 + $1.answeredCount }
                let verified = writers.reduce(0) { $0 + $1.verifiedCount }
                #expect(answered > Self.killCount)
                print(
                    "KillNine: \(tally.kills) kills (\(tally.killsUnderLoad) under load, "
                        + "\(tally.killsAtStart) during start, \(tally.killsAtCheckpoint) during a checkpoint), "
                        + "\(answered) answered writes, "
                        + "\(verified) tickets verified, none lost, \(tally.numbers.count) numbers given out once each")
            }
        }

        private func loadAndKill(
            _ station: StationProcess, _ writers: [TicketWriter], _ tally: inout Tally,
            _ generator: inout SeededGenerator
        ) throws {
            let port = station.port
            let group = Threads.start(writers.count) { writers[$0].write(port: port) }
            if Int.random(in: 0..<4, using: &generator) == 0, let child = waitForCheckpoint(of: station) {
                usleep(UInt32.random(in: 0...4000, using: &generator))
                if Bool.random(using: &generator) { Glibc.kill(child, SIGKILL) }
                tally.killsAtCheckpoint += 1
            } else {
                usleep(UInt32.random(in: 1000...60_000, using: &generator))
                tally.killsUnderLoad += 1
            }
            station.kill()
            try group.wait(seconds: 30)
        }

        /// Kills it while it recovers, perhaps before it has done anything at all.
        private func killAtStart(
            _ station: StationProcess, _ tally: inout Tally, _ generator: inout SeededGenerator
        ) throws {
            try station.launch()
            usleep(UInt32.random(in: 0...40_000, using: &generator))
            station.kill()
            tally.killsAtStart += 1
        }

        /// The checkpointer, as soon as there is one.
        private func waitForCheckpoint(of station: StationProcess) -> pid_t? {
            let deadline = Deadline(seconds: 0.15)
            while !deadline.isOver {
                let child = station.children.first { WholeFile.text("/proc/\($0)/cmdline").contains("checkpoint") }
                if let child { return child }
                usleep(300)
            }
            return nil
        }

        /// A number that was ever seen never names another ticket.
        private func expectFreshNumbers(_ writers: [TicketWriter], _ tally: inout Tally) throws {
            let fresh = writers.flatMap { $0.takeNewNumbers() }
            let earlier = tally.highestNumber
            for number in fresh {
                guard number > earlier, tally.numbers.insert(number).inserted else {
                    throw HarnessFault("number \(number) was given out again (numbers up to \(earlier) were taken)")
                }
                tally.highestNumber = max(tally.highestNumber, number)
            }
        }

        /// Everything once more, after an orderly end, and nothing beside it.
        private func verifyAll(_ station: StationProcess, _ writers: [TicketWriter], _ token: String) throws {
            #expect(station.stop() == .code(0))
            let check = try CommandResult.stationd("check", station.data)
            #expect(check.exit == .code(0), "\(check.all)")
            try station.start()
            let client = HTTPClient(port: station.port, token: token)
            for writer in writers { try writer.verify(with: client, all: true) }
            let total = try client.get("/api/v1/support?limit=1")["X-Total-Count"].flatMap { Int($0) }
            #expect(total == writers.reduce(0) { $0 + $1.known.count })
            let statistics = try client.get("/api/v1/support/statistics").json
            #expect(statistics["total"]?.integerValue == total.map(Int64.init))
        }

        @Test func aNotificationIsNeverAheadOfItsTicketsDurability() throws {
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
                    let event = try socket.nextEvent()
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
