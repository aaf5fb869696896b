import Bytes

/// The store's names in the data directory.
///
///     lock                      held by the serving process for as long as it lives
///     lock.checkpointer         held by a checkpointer while it runs
///     lock.segment              held by the preparation of a segment while that runs
///     station.json              format, station id, epoch
///     journal/                  segments, see JournalLine.swift; `next` is a segment made ahead
///     cursors/<reader>.json     how far a reader of the journal has got
///     quarantine/               damaged things, kept aside
///     tls/                      certificates and their keys, which the store leaves alone
public enum StorePath {
    /// The lock of the serving process.
    public static let lock = "lock"
    /// The lock of a checkpointer.
    public static let checkpointerLock = "lock.checkpointer"
    /// The lock of a process that prepares a segment.
    public static let segmentLock = "lock.segment"
    /// See `StationFile`.
    public static let stationFile = "station.json"
    /// The directory of the segments.
    public static let journal = "journal"
    /// The directory of the cursors.
    public static let cursors = "cursors"
    /// The directory of damaged things.
    public static let quarantine = "quarantine"
    /// The directory of certificates and keys.
    public static let certificates = "tls"

    /// A segment made ahead: all zeros.
    public static let nextSegment = "journal/next"
    /// The name of such a segment while a child process writes its zeros.
    public static let nextSegmentTemporary = "journal/next.tmp"
    /// The name of a segment while the serving process itself writes it.
    public static let rolledSegmentTemporary = "journal/rolled.tmp"

    /// Ends the name of a file until it is written whole.
    public static let temporarySuffix = ".tmp"

    /// The path of the segment whose first sequence is `first`.
    public static func segment(first: UInt64) -> String {
        var name = Array("journal/".utf8)
        name.append(decimal: first, width: 20)
        name.append(literal: ".log")
        return String(decoding: name, as: UTF8.self)
    }

    /// The first sequence that a segment's name (without its directory) gives; nil if it is not a segment's name.
    static func firstSequence(ofSegmentNamed name: String) -> UInt64? {
        let bytes = Array(name.utf8)
        guard bytes.count == 24, name.hasSuffix(".log") else { return nil }
        return Decimal.parse(bytes[..<20]).flatMap { $0 <= UInt64(Int64.max) ? $0 : nil }
    }
}
