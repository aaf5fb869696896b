import Platform

/// Why the store refused.
public enum StoreError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Another process serves this data directory, or does the same chore on it.
    case locked(path: String)
    /// `station.json` is of a format that this program does not know.
    case unknownFormat(Int64)
    /// The next segment cannot be had: nothing is appended until `retryNextSegment()` succeeds.
    case full(DiskError)
    /// A record is over `JournalLimits.recordBytesMax`.
    case recordTooLarge(bytes: Int, max: Int)
    /// There is no number for another record: a file of the data directory names one near the end of all numbers.
    case numbersUsedUp
    /// The journal could not be written or synchronized. What is on the disk is not known, the process must end, and
    /// recovery finds out. Every later call throws the same.
    case journalFailed(DiskError)
    /// Another call on the disk failed; nothing was promised.
    case disk(DiskError)

    public var description: String {
        switch self {
        case .locked(let path): "the data directory is in use by another process, which holds \(path)"
        case .unknownFormat(let format):
            "station.json has format \(format), this program knows format \(StationFile.format) only"
        case .full(let error): "the next journal segment cannot be had: \(error)"
        case .recordTooLarge(let bytes, let max): "a record of \(bytes) bytes is over the limit of \(max)"
        case .numbersUsedUp: "no number is left for another record"
        case .journalFailed(let error): "the journal failed and must not be written again: \(error)"
        case .disk(let error): error.description
        }
    }
}

/// Runs calls on the disk, turning what they throw into this module's error.
func onDisk<Result>(_ body: () throws(DiskError) -> Result) throws(StoreError) -> Result {
    do {
        return try body()
    } catch {
        throw .disk(error)
    }
}
