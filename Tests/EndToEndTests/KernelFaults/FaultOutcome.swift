/// How a run with a fault ended.
enum FaultOutcome: String, CaseIterable, Sendable {
    /// No client noticed.
    case wentOn = "went on"
    /// The station stayed up, but a request was refused (429, 503, 507) or a connection was lost.
    case refused = "refused"
    /// The station ended with a message.
    case exited = "exited"
    /// The fault killed the station.
    case killed = "killed"
    /// The runtime ended the station for lack of memory.
    case outOfMemory = "no memory"
    /// The run made fewer calls of this kind, or the fault hit one of the loader's.
    case notReached = "not reached"
}

/// The cases that were tried, and their outcomes.
struct FaultTally: Sendable {
    private var reached: [String: Int] = [:]
    private var outcomes: [String: [FaultOutcome: Int]] = [:]
    private var faults: [String: Set<String>] = [:]
    private(set) var objections: [String] = []

    mutating func noteReached(_ scope: FaultCase.Scope, _ call: String, _ count: Int) {
        reached[Self.row(scope, call)] = count
    }

    mutating func note(_ fault: FaultCase, _ outcome: FaultOutcome, _ objections: [String]) {
        let row = Self.row(fault.scope, fault.call)
        outcomes[row, default: [:]][outcome, default: 0] += 1
        faults[row, default: []].insert(fault.fault.name)
        self.objections += objections.map { "KERNEL_FAULTS=\(fault): \($0)" }
    }

    /// The number of cases whose fault took place.
    var caseCount: Int { count(of: FaultOutcome.allCases.filter { $0 != .notReached }) }

    func count(of wanted: [FaultOutcome]) -> Int {
        outcomes.values.reduce(0) { sum, row in sum + wanted.reduce(0) { $0 + (row[$1] ?? 0) } }
    }

    private static func row(_ scope: FaultCase.Scope, _ call: String) -> String { "\(scope.rawValue) \(call)" }

    /// A table with a line for each call in each scope.
    var table: String {
        let title = ["scope and call", "calls", "cases"] + FaultOutcome.allCases.map(\.rawValue)
        var text = Self.line(title) + "  faults\n"
        for row in outcomes.keys.sorted() {
            let counts = FaultOutcome.allCases.map { outcomes[row]?[$0] ?? 0 }
            let cells = [row, "\(reached[row] ?? 0)", "\(counts.reduce(0, +))"] + counts.map(String.init)
            text += Self.line(cells) + "  \(faults[row, default: []].sorted().joined(separator: " "))\n"
        }
        let totals = FaultOutcome.allCases.map { count(of: [$0]) }
        return text + Self.line(["all", "", "\(totals.reduce(0, +))"] + totals.map(String.init))
    }

    private static func line(_ cells: [String]) -> String {
        cells.enumerated().map { index, cell in
            let gap = String(repeating: " ", count: max(0, (index == 0 ? 24 : 11) - cell.count))
            return index == 0 ? cell + gap : gap + cell
        }.joined(separator: " ")
    }
}
