import Platform

/// Why the store refused or failed.
public enum StoreError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Another process serves this data directory, or does the same chore in it.
    case locked(path: String)
    /// `station.json` is in a format that this program does not know.
    case unknownFormat(Int64)
    /// The next segment cannot be made: nothing is appended until `retryNextSegment()` succeeds.
    case full(DiskError)
    /// A record is longer than `JournalLimits.recordBytesMax`.
    case recordTooLarge(bytes: Int, max: Int)
    /// No number is left for another record: a file in the data directory names one near the highest possible.
    case numbersUsedUp
    /// The journal could not be written or synchronized. What is on the disk is unknown until recovery looks, so the
    /// process must end. Every later call throws the same error.
    case journalFailed(DiskError)
    /// Something is missing that nothing else tells, so that the state itself is unknown. One finding for each thing.
    case stateUnknown([Finding])
    /// Another call to the disk failed; nothing was promised.
    case disk(DiskError)

    private static let lossesMax = 5

    public var description: String {
        switch self {
        case .locked(let path): "the data directory is in use by another process, which holds \(path)"
        case .unknownFormat(let format):
            "station.json has format \(format), but this program knows only format \(StationFile.format)"
        case .full(let error): "the next journal segment cannot be made: \(error)"
        case .recordTooLarge(let bytes, let max): "a record of \(bytes) bytes exceeds the limit of \(max)"
        case .numbersUsedUp: "no number is left for another record"
        case .journalFailed(let error): "the journal failed and must not be written to again: \(error)"
        case .stateUnknown(let losses):
            "something is missing, so that the state is unknown: "
                + losses.prefix(Self.lossesMax).map { "\($0.file): \($0.problem)" }.joined(separator: "; ")
                + (losses.count > Self.lossesMax ? "; and \(losses.count - Self.lossesMax) more" : "")
        case .disk(let error): error.description
        }
    }
}

/// Runs calls to the disk, and turns the errors they throw into `StoreError.disk`.
func onDisk<Result>(_ body: () throws(DiskError) -> Result) throws(StoreError) -> Result {
    do {
        return try body()
    } catch {
        throw .disk(error)
    }
}
