import Bytes

/// Decodes the chunked transfer coding (RFC 9112, section 7.1).
///
///     chunk-size [ chunk-ext ] CRLF  chunk-data CRLF  …  0 [ chunk-ext ] CRLF  trailer-section CRLF
///
/// It is stricter than the grammar: white space is not allowed before `;` or the end of the line. Extensions and
/// trailer fields are checked, bounded and dropped.
struct ChunkedReader: Sendable {
    private enum Part: Sendable {
        case size
        case bytes(remaining: Int)
        case end
        case trailer(fieldCount: Int)
    }

    private var part = Part.size
    private var reader = LineReader()
    private var extensionBytes = 0

    /// Consumes parts from the front of `input` and appends their data to `content`; true after the last part.
    mutating func advance(
        _ input: inout ByteQueue, into content: inout [UInt8], _ limits: HTTPLimits
    ) throws(HTTPFault) -> Bool {
        while true {
            switch part {
            case .size:
                guard let size = try readSize(&input, limits) else { return false }
                guard size <= limits.bodyBytesMax - content.count else {
                    throw .contentTooLarge("the content is too large")
                }
                part = size == 0 ? .trailer(fieldCount: 0) : .bytes(remaining: size)
            case .bytes(let remaining):
                let count = min(remaining, input.count)
                content.appendFirst(count, of: &input)
                part = count == remaining ? .end : .bytes(remaining: remaining - count)
                if count < remaining { return false }
            case .end:
                guard try readEnd(&input) else { return false }
                part = .size
            case .trailer(let fieldCount):
                return try readTrailer(&input, fieldCount: fieldCount, limits)
            }
        }
    }

    private mutating func readSize(_ input: inout ByteQueue, _ limits: HTTPLimits) throws(HTTPFault) -> Int? {
        let extensionBytesLeft = limits.chunkExtensionBytesMax - extensionBytes
        let limit = Self.sizeDigitsMax + 2 + extensionBytesLeft
        let size = try input.withSpan { (bytes) throws(HTTPFault) -> Int? in
            switch try reader.next(in: bytes, limit: limit) {
            case .incomplete: return nil
            case .overlong: throw Self.extensionsTooLarge
            case .line(let line): return try parseSize(bytes.extracting(line))
            }
        }
        guard let size else { return nil }
        guard extensionBytes <= limits.chunkExtensionBytesMax else { throw Self.extensionsTooLarge }
        input.removeFirst(reader.start)
        reader = LineReader()
        return size
    }

    /// Parses `1*HEXDIG` and an optional extension, whose bytes are added to `extensionBytes`.
    private mutating func parseSize(_ line: Span<UInt8>) throws(HTTPFault) -> Int {
        var size = 0
        var digits = 0
        while digits < line.count, let digit = line[digits].hexDigitValue {
            guard digits < Self.sizeDigitsMax, size <= Int.max >> 4 else {
                throw .badRequest("a chunk size is too large")
            }
            size = size << 4 | Int(digit)
            digits += 1
        }
        guard digits > 0, digits == line.count || line[digits] == 0x3B else {
            throw .badRequest("a chunk size is not a hexadecimal number")
        }
        for index in digits..<line.count where !line[index].isFieldValue {
            throw .badRequest("a chunk extension contains a control character")
        }
        extensionBytes += line.count - digits
        return size
    }

    /// Reads the CRLF after a chunk's data. A wrong first byte is refused before the second arrives.
    private func readEnd(_ input: inout ByteQueue) throws(HTTPFault) -> Bool {
        let hasBoth = input.count >= 2
        guard input.isEmpty || input[0] == 0x0D, !hasBoth || input[1] == 0x0A else {
            throw .badRequest("a chunk's data is not followed by CRLF")
        }
        if hasBoth { input.removeFirst(2) }
        return hasBoth
    }

    private mutating func readTrailer(
        _ input: inout ByteQueue, fieldCount: Int, _ limits: HTTPLimits
    ) throws(HTTPFault) -> Bool {
        var fieldCount = fieldCount
        let isComplete = try input.withSpan { (bytes) throws(HTTPFault) -> Bool in
            while true {
                switch try reader.next(in: bytes, limit: limits.trailerBytesMax) {
                case .incomplete: return false
                case .overlong: throw .fieldsTooLarge("the trailer section is too large")
                case .line(let line) where line.isEmpty: return true
                case .line(let line):
                    guard fieldCount < limits.fieldCountMax else {
                        throw .fieldsTooLarge("the trailer section has too many field lines")
                    }
                    _ = try FieldLine(parsing: bytes, line)
                    fieldCount += 1
                }
            }
        }
        part = .trailer(fieldCount: fieldCount)
        if isComplete { input.removeFirst(reader.start) }
        return isComplete
    }

    /// The number of hexadecimal digits in 64 bits.
    private static let sizeDigitsMax = 16

    private static var extensionsTooLarge: HTTPFault { .contentTooLarge("the chunk extensions are too large") }
}
