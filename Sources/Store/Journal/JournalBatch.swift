import Bytes

/// Lines that will be written by one call.
struct JournalBatch {
    /// The encoded lines.
    private(set) var bytes: [UInt8] = []
    private var hasRecord = false

    var isEmpty: Bool { bytes.isEmpty }

    /// Adds a record.
    mutating func append(record json: [UInt8]) {
        append(json, mark: hasRecord ? JournalLine.continuationMark : JournalLine.mark)
        hasRecord = true
    }

    /// Adds the header of a segment. The marks, which tell the records of one call from those of another, ignore it.
    ///
    /// - Parameter lineCount: a shorter line is padded with spaces to this length.
    mutating func append(header: JournalHeader, lineCount: Int = 0) {
        var json = header.json
        let missing = lineCount - json.count - JournalLine.overhead
        if missing > 0 { json.append(contentsOf: [UInt8](repeating: 0x20, count: missing)) }
        append(json, mark: JournalLine.mark)
    }

    /// Removes the lines, and keeps the storage for the next ones unless it is large.
    mutating func removeAll() {
        bytes.removeAll(keepingCapacity: bytes.capacity <= 256 * 1024)
        hasRecord = false
    }

    private mutating func append(_ json: [UInt8], mark: UInt8) {
        let start = bytes.count
        bytes.append(literal: "00000000")
        bytes.append(mark)
        bytes.append(contentsOf: json)
        var crc = CRC32C.checksum(bytes.span.extracting((start + 8)..<bytes.count))
        for index in stride(from: start + 7, through: start, by: -1) {
            let digit = UInt8(truncatingIfNeeded: crc & 15)
            bytes[index] = digit < 10 ? 0x30 + digit : 0x57 + digit
            crc >>= 4
        }
        bytes.append(JournalLine.lineFeed)
    }
}
