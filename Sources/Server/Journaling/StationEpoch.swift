import Bytes
import Domain
import Gateway
import JSON
import Platform
import Store

/// A new epoch for the data directory of a stopped station. After a restore from a backup, numbers used since the
/// backup must not be mistaken for those used from now on.
public enum StationEpoch {
    /// The type of the first record of an epoch, which changes nothing.
    public static let recordType = "epoch.begun"

    /// The result of a change of epoch.
    public struct Outcome {
        /// The epoch until now.
        public let oldEpoch: String
        /// The epoch from now on.
        public let newEpoch: String
        /// The number of the new journal's first record.
        public let first: UInt64
        /// The number of documents that were brought up to date first.
        public let documentCount: Int
        /// The faults found when the directory was opened and when its documents were written.
        public let findings: [Finding]
    }

    /// Brings the documents up to date and begins a new journal under a new epoch.
    ///
    /// - Parameters:
    ///   - configuration: the configuration of the directory's station.
    ///   - epoch: a random name that no other directory has.
    ///   - acceptsLoss: whether to go on although something is missing, so that the state is unknown.
    /// - Throws: `locked`, `unknownFormat`, `stateUnknown`, `full`, `disk`, `journalFailed`.
    public static func renew(
        _ disk: any Disk, _ configuration: Configuration, epoch: String, acceptsLoss: Bool = false, now: Timestamp
    ) throws(StoreError) -> Outcome {
        var options = StationService.Options(configuration: configuration, secret: [], newEpoch: epoch)
        options.acceptsLoss = acceptsLoss
        let opening = try Opening(disk: disk, options: options)
        let journal = opening.journal
        if let cause = journal.readOnlyCause { throw .full(cause) }
        let checkpoint = try StationCheckpoint.run(disk, through: journal.committedSequence)
        let old = opening.station.epoch
        let first = try EpochChange.run(disk, journal, of: opening.station, to: epoch) { sequence in
            var writer = JSONWriter()
            writer.beginObject()
            writer.member("seq", sequence)
            writer.member("at", now)
            writer.member("by", "operator")
            writer.member("type", recordType)
            writer.member("after", old)
            writer.endObject()
            return writer.bytes
        }
        return Outcome(
            oldEpoch: old, newEpoch: epoch, first: first, documentCount: checkpoint.documentCount,
            findings: opening.findings + checkpoint.findings)
    }
}
