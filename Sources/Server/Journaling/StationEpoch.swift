import Bytes
import Domain
import Gateway
import JSON
import Platform
import Store

/// A new epoch for a data directory that nobody serves: after it was restored from a backup, numbers that were used
/// since must not be taken for those that are used from now on.
public enum StationEpoch {
    public struct Outcome {
        public let oldEpoch: String
        public let newEpoch: String
        /// The number of the new journal's first record.
        public let first: UInt64
        /// Documents that were brought up to date before.
        public let documentCount: Int
        /// What was found when the directory was opened, and when its documents were written.
        public let findings: [Finding]
    }

    /// - Parameters:
    ///   - configuration: of the station whose directory it is.
    ///   - epoch: a random name that no other has.
    /// - Throws: `locked`, `unknownFormat`, `full`, `disk`, `journalFailed`.
    public static func renew(
        _ disk: any Disk, _ configuration: Configuration, epoch: String, now: Timestamp
    ) throws(StoreError) -> Outcome {
        let options = StationService.Options(configuration: configuration, secret: [], newEpoch: epoch)
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
            writer.member("type", "epoch.begun")
            writer.member("after", old)
            writer.endObject()
            return writer.bytes
        }
        return Outcome(
            oldEpoch: old, newEpoch: epoch, first: first, documentCount: checkpoint.documentCount,
            findings: opening.findings + checkpoint.findings)
    }
}
