/// Reading what is committed.
extension Journal {
    /// Records in order from `sequence` on, at most `countMax`, and no more once `bytesMax` bytes of JSON are reached.
    ///
    /// Costs one search, one opening of a file and a read: a reader that comes back for more needs to keep a number
    /// only.
    ///
    /// - Throws: `disk`.
    public func records(from sequence: UInt64, countMax: Int, bytesMax: Int) throws(StoreError) -> [JournalRecord] {
        var records: [JournalRecord] = []
        var bytes = 0
        let reader = reader(from: sequence, pieceBytes: min(max(bytesMax, 4096), 64 * 1024))
        while records.count < countMax, bytes < bytesMax, let record = try reader.next() {
            bytes += record.json.count
            records.append(record)
        }
        return records
    }

    /// A reader from `sequence` through what is committed now, or through `through` if that is less.
    public func reader(
        from sequence: UInt64, through: UInt64 = .max, pieceBytes: Int = 64 * 1024
    ) -> JournalReader {
        let segments = sealed + (live.map { [$0.segment] } ?? [])
        let start = segments.lastIndex { $0.first <= sequence } ?? 0
        let offset = segments.isEmpty ? 0 : segments[start].index.offset(before: sequence)
        return JournalReader(
            disk: disk, paths: segments.dropFirst(start).map(\.path), offset: offset, from: sequence,
            through: min(through, committedSequence), pieceBytes: pieceBytes)
    }
}
