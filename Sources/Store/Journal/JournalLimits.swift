/// The sizes of a journal.
public struct JournalLimits: Hashable, Sendable {
    /// No record may be allowed to be longer, so that readers know when to stop looking for the end of a line.
    public static let recordBytesCeiling = 16 * 1024 * 1024

    /// The size that a segment is made with. A segment that exists keeps its own.
    public let segmentBytes: Int
    /// The longest record.
    public let recordBytesMax: Int

    /// - Precondition: `0 < recordBytesMax <= recordBytesCeiling`, and a segment holds its header and at least one
    ///   record.
    public init(segmentBytes: Int = 4 * 1024 * 1024, recordBytesMax: Int = 1024 * 1024) {
        precondition(recordBytesMax > 0 && recordBytesMax <= Self.recordBytesCeiling, "recordBytesMax is out of range")
        precondition(segmentBytes >= recordBytesMax + 512, "a segment must hold its header and one record")
        self.segmentBytes = segmentBytes
        self.recordBytesMax = recordBytesMax
    }
}
