import Foundation
import Generators
import Synchronization
import Testing

extension EndToEnd {
    /// Whatever call the kernel fails, and wherever it kills the process, everything answered is kept, no client waits
    /// forever, and the operator is told why.
    ///
    /// A seeded sample runs with the other tests. `KERNEL_FAULTS=all` tries every fault of `FaultTable` at every call
    /// that the errands reach, `KERNEL_FAULTS=serve` those of one scope, and `KERNEL_FAULTS=serve:openat:EIO:80` a
    /// single one. `KERNEL_FAULTS_SECONDS` bounds the time. The default is 12 for the sample and 5400 otherwise.
    @Suite(.enabled(if: Strace.isAvailable, "strace is missing or may not trace"))
    struct KernelFaults {
        private static let wish = ProcessInfo.processInfo.environment["KERNEL_FAULTS"]
        /// The longest that this test runs.
        private static let seconds =
            ProcessInfo.processInfo.environment["KERNEL_FAULTS_SECONDS"].flatMap { Double($0) }
            ?? (wish == nil ? 12 : 5400)
        private static let laneCount = 2

        /// The results of the lanes so far, and the cases left.
        private struct Progress {
            var left: ArraySlice<FaultCase>
            var tally: FaultTally

            mutating func next() -> FaultCase? {
                if left.startIndex.isMultiple(of: 200), wish != nil {
                    print("KernelFaults: \(left.count) cases left, \(tally.objections.count) objections")
                }
                return left.popFirst()
            }
        }

        @Test func `nothing answered is lost, whatever call the kernel fails`() throws {
            var tally = FaultTally()
            let cases = try Self.cases(&tally)
            print("KernelFaults: \(cases.count) cases")
            let progress = Mutex(Progress(left: cases[...], tally: tally))
            let end = Deadline(seconds: Self.seconds)
            try Threads.run(min(Self.laneCount, cases.count), seconds: Self.seconds + 60) { _ in
                let stage = try FaultStage()
                defer { stage.remove() }
                while !end.isOver, let fault = progress.withLock({ $0.next() }) {
                    let (outcome, objections) = try stage.run(fault)
                    for objection in objections { print("KERNEL_FAULTS=\(fault): \(objection)") }
                    progress.withLock { $0.tally.note(fault, outcome, objections) }
                }
            }
            tally = progress.withLock { $0.tally }
            print(tally.table)
            print("KernelFaults: \(tally.caseCount) faults tried, \(tally.objections.count) objections")
            let isWithoutObjection = tally.objections.isEmpty
            #expect(isWithoutObjection, "\(tally.objections.prefix(40).joined(separator: "\n"))")
            #expect(tally.caseCount > 0)
        }

        private static func cases(_ tally: inout FaultTally) throws -> [FaultCase] {
            if let wish, let fault = FaultCase(wish) { return [fault] }
            let stage = try FaultStage()
            defer { stage.remove() }
            var cases: [FaultCase] = []
            let scopes = wish.flatMap { FaultCase.Scope(rawValue: $0) }.map { [$0] } ?? FaultCase.Scope.allCases
            for scope in scopes { cases += try matrix(of: scope, on: stage, &tally) }
            // If the time is short, every case has the same chance.
            var generator = RepeatableGenerator.announced("KernelFaults")
            cases.shuffle(using: &generator)
            return cases
        }

        /// Every fault of the table at every call of a run without faults.
        private static func matrix(
            of scope: FaultCase.Scope, on stage: FaultStage, _ tally: inout FaultTally
        ) throws -> [FaultCase] {
            let (all, before) = try stage.record(scope)
            var cases: [FaultCase] = []
            for (call, faults) in FaultTable.faults {
                let (first, last) = (before[call, default: 0] + 1, all[call, default: 0])
                guard first <= last else { continue }
                tally.noteReached(scope, call, last - first + 1)
                for fault in faults {
                    let places = fault.isRepeated ? first...first : first...last
                    cases += places.map { FaultCase(scope: scope, call: call, fault: fault, number: $0) }
                }
            }
            return cases
        }
    }
}
