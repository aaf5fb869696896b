/// Finds single records in the journal, mostly in ascending order.
///
/// It reads on to the next record where that is near, and searches for it otherwise. It keeps a file open and two
/// pieces of it in memory, so do not keep it for long.
public final class JournalLookup {
    private let journal: Journal
    private let pieceBytes: Int
    private var reader: JournalReader?
    /// The last sequence committed when the reader was made, which does not see later ones.
    private var through: UInt64 = 0

    /// Creates a lookup, without reading anything yet.
    ///
    /// - Parameter pieceBytes: the number of bytes read at a time.
    public init(_ journal: Journal, pieceBytes: Int = 64 * 1024) {
        self.journal = journal
        self.pieceBytes = pieceBytes
    }

    /// The record with this sequence; nil if it is not committed yet, or no longer in the journal.
    ///
    /// - Throws: `disk`.
    public func record(at sequence: UInt64) throws(StoreError) -> JournalRecord? {
        do {
            return try find(sequence)
        } catch {
            // The position of a failed reader is unknown, so the next call makes another.
            reader = nil
            throw error
        }
    }

    private func find(_ sequence: UInt64) throws(StoreError) -> JournalRecord? {
        // Beyond twice the distance between two index entries, a search costs less than reading on.
        let far = UInt64(2 * SegmentIndex.interval)
        if let reader, sequence <= through, sequence > reader.last, sequence - reader.last <= far {
            return try reader.next(at: sequence)
        }
        through = journal.committedSequence
        let reader = journal.reader(from: sequence, pieceBytes: pieceBytes)
        self.reader = reader
        return try reader.next(at: sequence)
    }
}
