import Bytes
import JSON

/// One line of a journal segment.
///
/// A segment is a file `journal/<first sequence, 20 digits>.log` that holds lines, followed by zeros up to the size
/// with which it was made. A line is
///
///     CRC  MARK  JSON  LF
///
/// - CRC: the CRC-32C of MARK and JSON, as eight lowercase hexadecimal digits.
/// - MARK: a space, or `+` if the same call wrote the record before it too. A call writes only after all earlier calls
///   are durable. So a valid record with a space after damaged bytes proves that those bytes were durable once, while
///   damage followed by `+` or by nothing may be a write that a crash cut short.
/// - JSON: one compact object without LF. The first line is the header, `{"journal":1,"epoch":"…","first":N}`. All
///   others are records: they begin with `{"seq":N,`, and N grows by one.
///
/// Like all programs that append to files, this one relies on a crash during a write not to harm the bytes beside it.
///
/// Recovery copies damaged bytes to quarantine/ and replaces them with a blank line, which readers skip: LF, with
/// spaces before it if there is room for any.
///
/// A reader starts at the beginning of the segment. It reads the line that begins at its position; if none does, it
/// moves on to the byte after the next LF or to the first byte that is not zero, whichever comes first, until a valid
/// line begins. It skips records whose number is not above the last one's. The segment ends where only zeros follow.
struct JournalLine: Equatable {
    /// What a line holds.
    enum Content: Equatable {
        case header
        case record(sequence: UInt64)
        case blank
    }

    let content: Content
    /// The whole line, including its LF.
    let range: Range<Int>
    /// Whether its mark is `+`.
    let continuesWrite: Bool

    /// The number of bytes before the JSON: CRC and MARK.
    static let prefixCount = 9
    /// The number of bytes of a line that are not JSON.
    static let overhead = prefixCount + 1

    /// The highest number that a record can have.
    static let sequenceMax = UInt64(Int64.max)

    static let mark: UInt8 = 0x20
    static let continuationMark: UInt8 = 0x2B
    static let lineFeed: UInt8 = 0x0A

    /// The place of the JSON; empty in a blank line.
    var json: Range<Int> {
        content == .blank
            ? range.lowerBound..<range.lowerBound : (range.lowerBound + Self.prefixCount)..<(range.upperBound - 1)
    }

    /// Whether a line begins at a place.
    enum Outcome: Equatable {
        case line(JournalLine)
        /// One may begin there, but it does not end within the bytes.
        case incomplete
        /// None does.
        case invalid
    }

    /// Parses the line that begins at `start`. O(length of the line).
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

    /// The first place after `start` at which a line may begin; nil if only zeros, or nothing, follow.
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

    /// A blank line.
    ///
    /// - Parameter count: its length in bytes, at least 1.
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

    /// The number in `{"seq":N,`. The rest of the JSON is not looked at.
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

/// The content of a segment's first line: its format, the journal's epoch, and the sequence of the first record.
struct JournalHeader: Equatable {
    /// The format of the segments that this program reads and writes.
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
    /// Decodes the JSON of a header line; nil if it is not a header, or is in another format.
    init?(json: [UInt8]) {
        guard let value = try? JSONParser.parse(json), value["journal"]?.integerValue == Self.format,
            let epoch = value["epoch"]?.stringValue, let first = value["first"]?.sequenceValue
        else { return nil }
        self.init(epoch: epoch, first: first)
    }
}

extension JSONValue {
    /// The number as a sequence; nil unless it is an integer from 0 to `Int64.max`.
    var sequenceValue: UInt64? { integerValue.flatMap { UInt64(exactly: $0) } }
}
