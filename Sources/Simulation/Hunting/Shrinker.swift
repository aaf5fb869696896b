/// Shortens a plan that breaks a promise: it leaves out steps, first many at once, as long as the rest still breaks the
/// same promise (delta debugging).
public struct Shrinker {
    private let kind: Failure.Kind
    private let bug: PlantedBug?
    private var runsLeft: Int
    /// The number of runs made so far.
    public private(set) var runCount = 0

    /// Creates a shrinker for plans that break the same promise as `failure`.
    ///
    /// - Parameter runsMax: the number of runs that it may make.
    public init(_ failure: Failure, bug: PlantedBug? = nil, runsMax: Int = 400) {
        kind = failure.kind
        self.bug = bug
        runsLeft = runsMax
    }

    /// The shortest plan found that breaks the promise, in a shape that is as simple as possible.
    public mutating func shrink(_ plan: Plan) -> Plan {
        var plan = plan
        var parts = 2
        while plan.steps.count > 1, runsLeft > 0 {
            let size = max(1, (plan.steps.count + parts - 1) / parts)
            var isShorter = false
            var start = 0
            while start < plan.steps.count, runsLeft > 0 {
                let left = plan.steps.indices.filter { $0 < start || $0 >= start + size }
                let shorter = plan.keeping(left)
                if breaks(shorter) {
                    plan = shorter
                    isShorter = true
                } else {
                    start += size
                }
            }
            if !isShorter {
                guard size > 1 else { break }
                parts *= 2
            } else {
                parts = max(2, min(parts, plan.steps.count))
            }
        }
        return simplify(plan)
    }

    /// Simplifies the shape: leaves out what is not needed to break the promise.
    private mutating func simplify(_ plan: Plan) -> Plan {
        var plan = plan
        let changes: [(inout Shape) -> Void] = [
            { $0.hasCentral = false }, { $0.jitterMicros = 0 }, { $0.cutPercent = 0 }, { $0.singleBytePercent = 0 },
            { $0.padding = 0 }, { $0.interleavingPercent = 0 }, { $0.writesPart = false },
            { $0.windowBytes = 262_144 },
        ]
        for change in changes where runsLeft > 0 {
            var simpler = plan
            change(&simpler.shape)
            if breaks(simpler) { plan = simpler }
        }
        return plan
    }

    private mutating func breaks(_ plan: Plan) -> Bool {
        runsLeft -= 1
        runCount += 1
        return Run(plan, bug: bug).run().failure?.kind == kind
    }
}
