import Foundation
import Synchronization
import Testing

extension EndToEnd {
    /// Whatever is cut or killed between stations and their central server, in the end both sides agree on every
    /// ticket, every event has arrived once and in order, and every command was carried out once.
    @Suite struct UplinkSchedules {
        private static let environment = ProcessInfo.processInfo.environment
        private static let count = environment["UPLINK_SCHEDULES"].flatMap { Int($0) } ?? 12
        private static let seed =
            environment["UPLINK_SEED"].flatMap { UInt64($0) } ?? UInt64.random(in: 0...UInt64(UInt32.max))
        /// The number of schedules that run in a row with the same processes.
        private static let countPerStage = 6
        private static let laneCount = 2

        private struct Report {
            var nextStage = 0
            var tally = UplinkFaultSchedule.Tally()
            var objections: [String] = []
        }

        @Test func `both sides agree after every schedule of faults`() throws {
            print("UplinkSchedules: UPLINK_SEED=\(Self.seed)")
            let report = Mutex(Report())
            let stageCount = (Self.count + Self.countPerStage - 1) / Self.countPerStage
            try Threads.run(min(Self.laneCount, stageCount), seconds: 1800) { _ in
                while true {
                    let stage = report.withLock { report in
                        defer { report.nextStage += 1 }
                        return report.nextStage
                    }
                    guard stage < stageCount else { return }
                    let numbers = stage * Self.countPerStage..<min((stage + 1) * Self.countPerStage, Self.count)
                    try Self.run(numbers) { tally, objections in
                        report.withLock {
                            $0.tally.add(tally)
                            $0.objections += objections
                        }
                    }
                }
            }
            let (tally, objections) = report.withLock { ($0.tally, $0.objections) }
            print("UplinkSchedules: \(tally)")
            #expect(objections.isEmpty, "\(objections.prefix(20).joined(separator: "\n"))")
            #expect(tally.schedules == Self.count)
            #expect(tally.events > Self.count)
        }

        private static func run(
            _ numbers: Range<Int>, report: (UplinkFaultSchedule.Tally, [String]) -> Void
        ) throws {
            let stage = try UplinkStage()
            defer { stage.remove() }
            try stage.addMember(7)
            try stage.addMember(8)
            for number in numbers {
                let scheduleSeed = seed &+ UInt64(number)
                var schedule = UplinkFaultSchedule(seed: scheduleSeed, on: stage)
                do {
                    let objections = try schedule.run()
                    report(schedule.tally, objections.map { "UPLINK_SEED=\(scheduleSeed): \($0)" })
                    // A fault would show again in the later schedules.
                    if !objections.isEmpty { return }
                } catch {
                    throw HarnessFault("UPLINK_SEED=\(scheduleSeed): \(error)")
                }
            }
            var tally = UplinkFaultSchedule.Tally()
            let objections = try UplinkFaultSchedule.objectionsToJournals(of: stage, counting: &tally)
            report(tally, objections.map { "UPLINK_SEED=\(seed &+ UInt64(numbers.lowerBound)) and following: \($0)" })
        }
    }
}
