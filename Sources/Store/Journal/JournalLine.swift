import Bytes
import JSON

/// One line of a journal segment.
///
/// A segment is a file `journal/<first sequence, 20 digits>.log` of lines and, up to the size that it was given when it
/// was made ahead, zeros. A line is
///
///     CRC  MARK  JSON  LF
///
/// - CRC: eight hexadecimal digits in lower case, the CRC-32C of MARK and JSON.
/// - MARK: a space, or `+` where the line was written together with the record before it, by one call. A call is made
///   only after all earlier ones are durable; so a valid record with a space after damaged bytes proves that those
///   bytes were durable once, while damage followed by `+` or by nothing may be a write that a crash cut short.
/// - JSON: one compact object without LF. The first line is the header, `{"journal":1,"epoch":"…","first":N}`; all
///   others are records and begin `{"seq":N,`, numbers growing by one.
///
/// That a crash in a write does no harm to the bytes beside it is taken for granted, as by all who append to files.
///
/// Bytes that recovery found damaged are copied to quarantine/ and replaced by spaces, if there is more than one byte,
/// and LF: a blank line, which readers pass over.
///
/// Reading, from the start of the segment: take the line that begins here; where none does, go on behind the next LF or
/// at the first byte that is not zero, whichever comes first, until a valid line begins; pass over records whose number
/// is not above the last one's. Nothing but zeros up to the end of the file is the end of the segment.
struct JournalLine: Equatable {
    /// What a line holds.
    enum Content: Equatable {
        case header
        case record(sequence: UInt64)
        case blank
    }

    let content: Content
    /// The whole line with its LF.
    let range: Range<Int>
    /// Whether it carries the mark `+`.
    let continuesWrite: Bool

    /// Bytes before the JSON: the check value and the mark.
    static let prefixCount = 9
    /// Bytes of a line that are not JSON.
    static let overhead = prefixCount + 1

    /// The last number that a record can have.
    static let sequenceMax = UInt64(Int64.max)

    static let mark: UInt8 = 0x20
    static let continuationMark: UInt8 = 0x2B
    static let lineFeed: UInt8 = 0x0A

    /// The JSON.
    var json: Range<Int> {
        content == .blank
            ? range.lowerBound..<range.lowerBound : (range.lowerBound + Self.prefixCount)..<(range.upperBound - 1)
    }

    /// Whether a line begins at a place.
    enum Outcome: Equatable {
        case line(JournalLine)
        /// It may, but its end is not within the bytes.
        case incomplete
        /// It does not.
        case invalid
    }

    /// Looks at the bytes from `start` on. O(length of the line).
    ///
    /// - Precondition: `0 <= start < bytes.count`.
    static func parse(_ bytes: Span<UInt8>, at start: Int) -> Outcome {
        if bytes[start] == mark || bytes[start] == lineFeed { return parseBlank(bytes, at: start) }
        var crc: UInt32 = 0
        for index in start..<min(start + 8, bytes.count) {
            guard let digit = hexDigit(bytes[index]) else { return .invalid }
            crc = crc << 4 | digit
        }
        guard start + prefixCount < bytes.count else { return .incomplete }
        let found = bytes[start + 8]
        guard found == mark || found == continuationMark, bytes[start + prefixCount] == 0x7B else { return .invalid }
        guard let end = bytes.firstIndex(of: lineFeed, from: start + prefixCount) else { return .incomplete }
        guard CRC32C.checksum(bytes.extracting((start + 8)..<end)) == crc,
            let content = content(bytes.extracting((start + prefixCount)..<end))
        else { return .invalid }
        return .line(
            JournalLine(content: content, range: start..<(end + 1), continuesWrite: found == continuationMark))
    }

    /// The first place after `start` at which a line may begin, or nil where only zeros, or nothing, follow.
    static func resynchronize(_ bytes: Span<UInt8>, after start: Int) -> Int? {
        var index = start
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            if byte == lineFeed || byte == 0 {
                while index < bytes.count, bytes[index] == 0 { index += 1 }
                return index < bytes.count ? index : nil
            }
        }
        return nil
    }

    /// A blank line of so many bytes, at least one.
    static func blank(count: Int) -> [UInt8] {
        [UInt8](repeating: mark, count: count - 1) + [lineFeed]
    }

    private static func parseBlank(_ bytes: Span<UInt8>, at start: Int) -> Outcome {
        var end = start
        while end < bytes.count, bytes[end] == mark { end += 1 }
        guard end < bytes.count else { return .incomplete }
        guard bytes[end] == lineFeed else { return .invalid }
        return .line(JournalLine(content: .blank, range: start..<(end + 1), continuesWrite: false))
    }

    private static func content(_ json: Span<UInt8>) -> Content? {
        if let sequence = sequence(json) { return .record(sequence: sequence) }
        return hasPrefix(json, #"{"journal":"#) ? .header : nil
    }

    /// The number in `{"seq":N,`, without the rest being looked at.
    static func sequence(_ json: Span<UInt8>) -> UInt64? {
        guard hasPrefix(json, #"{"seq":"#) else { return nil }
        var index = 7
        var value: UInt64 = 0
        while index < json.count, json[index].isASCIIDigit {
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(UInt64(json[index] &- 0x30))
            guard !overflow, !carry else { return nil }
            value = sum
            index += 1
        }
        guard index > 7, json[7] != 0x30, index < json.count, json[index] == 0x2C, value <= sequenceMax
        else { return nil }
        return value
    }

    private static func hasPrefix(_ bytes: Span<UInt8>, _ prefix: StaticString) -> Bool {
        guard bytes.count >= prefix.utf8CodeUnitCount else { return false }
        let prefix = unsafe Span(_unsafeStart: prefix.utf8Start, count: prefix.utf8CodeUnitCount)
        for index in prefix.indices where bytes[index] != prefix[index] { return false }
        return true
    }

    private static func hexDigit(_ byte: UInt8) -> UInt32? {
        switch byte {
        case 0x30...0x39: UInt32(byte &- 0x30)
        case 0x61...0x66: UInt32(byte &- 0x57)
        default: nil
        }
    }
}

/// What the first line of a segment says: the format, whose journal it is, and the sequence of the record that follows.
struct JournalHeader: Equatable {
    /// The format of segments that this program reads and writes.
    static let format: Int64 = 1

    let epoch: String
    let first: UInt64

    /// The compact JSON.
    var json: [UInt8] {
        var text: [UInt8] = []
        text.append(literal: #"{"journal":1,"epoch":"#)
        JSONValue.string(epoch).write(into: &text)
        text.append(literal: #","first":"#)
        text.append(decimal: first)
        text.append(0x7D)
        return text
    }
}

extension JournalHeader {
    /// Reads the JSON of a header line; nil where it is none, or is of another format.
    init?(json: [UInt8]) {
        guard let value = try? JSONParser.parse(json), value["journal"]?.integerValue == Self.format,
            let epoch = value["epoch"]?.stringValue, let first = value["first"]?.sequenceValue
        else { return nil }
        self.init(epoch: epoch, first: first)
    }
}

extension JSONValue {
    /// The number as the sequence of a record: 0 to `Int64.max`.
    var sequenceValue: UInt64? { integerValue.flatMap { UInt64(exactly: $0) } }
}
