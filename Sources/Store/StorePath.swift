import Bytes

/// The names in the data directory that the store gives.
///
///     lock                      held by the process that serves, for as long as it lives
///     lock.checkpointer         held by a checkpointer while it runs
///     lock.segment              held by the preparation of a segment while it runs
///     station.json              format version, station id, epoch
///     journal/                  segments, see JournalLine.swift; `next` is one made ahead
///     cursors/<reader>.json     how far a reader of the journal has come
///     quarantine/               what was found damaged, kept aside
public enum StorePath {
    public static let lock = "lock"
    public static let checkpointerLock = "lock.checkpointer"
    public static let segmentLock = "lock.segment"
    public static let stationFile = "station.json"
    public static let journal = "journal"
    public static let cursors = "cursors"
    public static let quarantine = "quarantine"

    /// A segment made ahead of use: zeros throughout.
    public static let nextSegment = "journal/next"
    /// The same while its zeros are being written by a child process, or by the process that serves.
    public static let nextSegmentTemporary = "journal/next.tmp"
    public static let rolledSegmentTemporary = "journal/rolled.tmp"

    /// What a file that is being written is called until it is whole.
    public static let temporarySuffix = ".tmp"

    /// The path of the segment whose first sequence is `first`.
    public static func segment(first: UInt64) -> String {
        var name = Array("journal/".utf8)
        name.append(decimal: first, width: 20)
        name.append(literal: ".log")
        return String(decoding: name, as: UTF8.self)
    }

    /// The first sequence that the name of a segment (without its directory) gives, or nil where it is none.
    static func firstSequence(ofSegmentNamed name: String) -> UInt64? {
        let bytes = Array(name.utf8)
        guard bytes.count == 24, name.hasSuffix(".log") else { return nil }
        return Decimal.parse(bytes[..<20]).flatMap { $0 <= UInt64(Int64.max) ? $0 : nil }
    }
}
