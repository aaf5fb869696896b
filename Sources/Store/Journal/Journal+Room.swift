/// How much room there is, without making any.
extension Journal {
    /// Whether a record of `bytes` goes into the segment in use.
    public func hasRoom(forRecordOf bytes: Int) -> Bool {
        guard let live else { return false }
        return live.segment.capacity - live.segment.end >= bytes + JournalLine.overhead
    }

    /// The last sequence of the oldest full segment, which `retire` would remove first; nil where only the one in use
    /// is left.
    public var oldestSegmentEnd: UInt64? { sealed.first.map { $0.last ?? 0 } }
}
