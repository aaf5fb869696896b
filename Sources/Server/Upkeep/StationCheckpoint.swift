import Domain
import Gateway
import JSON
import Platform
import Store

/// The work of the checkpointer child.
public enum StationCheckpoint {
    private static let findingsMax = 20

    /// Folds the journal's records into the documents, by `Checkpoint.run`: parameters and errors are its own.
    ///
    /// - Parameter behind: the last record that the station knows the documents to include; they may have more.
    public static func run(
        _ disk: any Disk, behind: UInt64 = .max, through: UInt64, mayStartAgain: Bool = true,
        onFailure: ([Finding]) -> Void = { _ in }
    ) throws(StoreError) -> Checkpoint.Outcome {
        try Checkpoint.run(
            disk, behind: behind, through: through, mayStartAgain: mayStartAgain, onFailure: onFailure
        ) { (record, sequence, documents) throws(StoreError) in
            guard let fault = try Projection.fold(record, into: &documents) else { return }
            documents.note(Finding(.damage, file: StorePath.journal, problem: "record \(sequence): \(fault)"))
        }
    }

    /// The child's report to the station after a run.
    public static func result(of outcome: Checkpoint.Outcome) -> JSONValue {
        result(["done": true], outcome.findings)
    }

    /// The child's report to the station after a run that failed.
    public static func result(ofFailure error: String, _ findings: [Finding]) -> JSONValue {
        result(["error": .string(error)], findings)
    }

    private static func result(_ result: JSONObject, _ findings: [Finding]) -> JSONValue {
        var result = result
        if !findings.isEmpty {
            // There may be one for every document; the first few are enough.
            result["findings"] = .array(findings.prefix(findingsMax).map { .string("\($0)") })
        }
        return .object(result)
    }
}
