import Foundation

/// Runs cases, each on a data directory of its own.
struct FaultStage {
    static let limits = [("segment_bytes", 262_144), ("journal_bytes_max", 4 << 20)]

    /// A station that was killed. Its directory has documents, and records that the documents do not hold yet.
    private let template: StationProcess
    /// The answers that its clients got.
    private let known: FaultErrands
    private let lastSequence: Int64

    init() throws {
        template = try StationProcess(.init(limits: Self.limits))
        try template.start()
        var errands = FaultErrands(name: "one")
        let tokens = DemoTokens(of: template)
        errands.run(port: template.port, tokens: tokens, isShort: false) {}
        let status = try HTTPClient(port: template.port, token: tokens?.admin).get("/api/v1/status").json
        guard let last = status["journal"]?["last_sequence"]?.integerValue, errands.faults.isEmpty else {
            throw HarnessFault("the first station failed: \(errands.faults)")
        }
        lastSequence = last
        known = errands
        template.kill()
        // A socket cannot be copied.
        unlink("\(template.data)/control.sock")
    }

    func remove() { template.remove() }

    /// Counts each call in a run without faults: in all, and before the calls that are tried.
    func record(_ scope: FaultCase.Scope) throws -> (all: [String: Int], before: [String: Int]) {
        let run = try FaultRun(scope, on: self, options: [])
        defer { run.remove() }
        _ = try run.perform()
        guard run.objections.isEmpty else {
            throw HarnessFault("without a fault, \(scope.rawValue): \(run.objections.joined(separator: "\n"))")
        }
        return scope == .children ? run.trace.countsOfChildren : (run.trace.counts, run.trace.countsBeforeMain)
    }

    func run(_ fault: FaultCase) throws -> (outcome: FaultOutcome, objections: [String]) {
        let run = try FaultRun(fault.scope, on: self, options: fault.injection)
        defer { run.remove() }
        run.fault = fault.fault
        run.call = fault.call
        let outcome = try run.perform()
        return (outcome, run.objections)
    }

    // MARK: Starting points

    func makeStation(_ scope: FaultCase.Scope) throws -> (station: StationProcess, errands: FaultErrands) {
        let station = try StationProcess(.init(limits: Self.limits))
        guard scope != .serve, scope != .children else { return (station, FaultErrands(name: "one")) }
        try FileManager.default.copyItem(atPath: template.data, toPath: station.data)
        return (station, FaultErrands(after: known, name: "two"))
    }

    /// The arguments of a child process that works on the data directory by itself.
    func chore(_ scope: FaultCase.Scope, _ data: String) -> [String] {
        switch scope {
        case .checkpoint: ["child", "checkpoint", data, String(lastSequence), String(lastSequence)]
        default: ["child", "prepare-segment", data, "262144"]
        }
    }
}
