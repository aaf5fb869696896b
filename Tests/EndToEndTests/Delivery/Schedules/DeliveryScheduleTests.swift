import Foundation
import Generators
import Synchronization
import Testing

extension EndToEnd {
    /// Every notification of an answered request reaches its receivers, however lines are cut and whenever the station
    /// is killed.
    @Suite struct DeliverySchedules {
        private static let environment = ProcessInfo.processInfo.environment
        private static let count = environment["DELIVERY_SCHEDULES"].flatMap { Int($0) } ?? 100
        private static let seed =
            environment["DELIVERY_SEED"].flatMap { UInt64($0) } ?? UInt64.random(in: 0...UInt64(UInt32.max))
        /// The number of schedules that run in a row on one station, so that some users stay away through several.
        private static let countPerStage = 10
        private static let laneCount = 2

        /// The results of the lanes so far.
        private struct Report {
            var nextStage = 0
            var tally = DeliveryTally()
            var objections: [String] = []
        }

        @Test func `everything answered arrives in order, and repeats are marked`() throws {
            print("DeliverySchedules: DELIVERY_SEED=\(Self.seed)")
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
            print("DeliverySchedules: \(tally)")
            let isWithoutObjection = objections.isEmpty
            #expect(isWithoutObjection, "\(objections.prefix(40).joined(separator: "\n"))")
            #expect(tally.schedules == Self.count)
            #expect(tally.owed > Self.count)
        }

        /// Runs these schedules on a station of their own. Each can be repeated with its own seed.
        private static func run(
            _ numbers: Range<Int>, report: (DeliveryTally, [String]) -> Void
        ) throws {
            var generator = RepeatableGenerator(seed: seed &+ UInt64(numbers.lowerBound))
            let stage = try DeliveryStage(&generator)
            defer { stage.remove() }
            for number in numbers {
                let scheduleSeed = seed &+ UInt64(number)
                var schedule = DeliverySchedule(seed: scheduleSeed, on: stage)
                do {
                    let objections = try schedule.run()
                    report(schedule.tally, objections.map { "DELIVERY_SEED=\(scheduleSeed): \($0)" })
                } catch {
                    let faults = stage.ledger.drainFaults().prefix(10).joined(separator: "\n")
                    throw HarnessFault("DELIVERY_SEED=\(scheduleSeed): \(error)\n\(faults)")
                }
            }
        }
    }
}
