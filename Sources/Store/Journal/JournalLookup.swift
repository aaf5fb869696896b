/// Records here and there in the journal, asked for mostly by rising sequence.
///
/// What lies between two of them is passed over where that is little, else searched for. It holds a file open and two
/// pieces of it in memory, so it is not to be kept for long.
public final class JournalLookup {
    private let journal: Journal
    private let pieceBytes: Int
    private var reader: JournalReader?
    /// What was committed when the reader was made: it sees no more.
    private var through: UInt64 = 0

    /// - Parameter pieceBytes: how much is read at a time.
    public init(_ journal: Journal, pieceBytes: Int = 64 * 1024) {
        self.journal = journal
        self.pieceBytes = pieceBytes
    }

    /// The record with this sequence; nil where the journal does not have it (any more) or it is not committed yet.
    ///
    /// - Throws: `disk`.
    public func record(at sequence: UInt64) throws(StoreError) -> JournalRecord? {
        do {
            return try find(sequence)
        } catch {
            // A reader that has failed may stand anywhere; the next call begins with another.
            reader = nil
            throw error
        }
    }

    private func find(_ sequence: UInt64) throws(StoreError) -> JournalRecord? {
        // Farther ahead than twice the distance of the index's entries a search costs less than to read on.
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
