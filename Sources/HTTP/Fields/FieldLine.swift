import Bytes

/// The position of a field line in the bytes of its head.
///
/// Parsing is as strict as RFC 9112, section 5 allows: the name is a token directly followed by the colon (5.1), a line
/// that begins with white space is refused instead of unfolded (5.2), and the value contains no control characters.
struct FieldLine: Hashable, Sendable {
    let nameStart: UInt32
    let nameEnd: UInt32
    var valueStart: UInt32
    var valueEnd: UInt32

    var name: Range<Int> { Int(nameStart)..<Int(nameEnd) }
    var value: Range<Int> { Int(valueStart)..<Int(valueEnd) }

    /// - Precondition: all offsets fit in 32 bits.
    init(name: Range<Int>, value: Range<Int>) {
        nameStart = UInt32(name.lowerBound)
        nameEnd = UInt32(name.upperBound)
        valueStart = UInt32(value.lowerBound)
        valueEnd = UInt32(value.upperBound)
    }

    /// Parses the field line in `range` of `bytes`, without its CRLF.
    init(parsing bytes: Span<UInt8>, _ range: Range<Int>) throws(HTTPFault) {
        var colon = range.lowerBound
        while colon < range.upperBound && bytes[colon].isToken { colon += 1 }
        guard colon < range.upperBound, bytes[colon] == 0x3A, colon > range.lowerBound else {
            throw Self.nameFault(bytes, range, at: colon)
        }
        var start = colon + 1
        while start < range.upperBound && bytes[start].isWhitespace { start += 1 }
        var end = range.upperBound
        while end > start && bytes[end - 1].isWhitespace { end -= 1 }
        guard bytes.extracting(start..<end).isFieldValue else {
            throw .badRequest("a field value contains a control character")
        }
        self.init(name: range.lowerBound..<colon, value: start..<end)
    }

    private static func nameFault(_ bytes: Span<UInt8>, _ range: Range<Int>, at index: Int) -> HTTPFault {
        if index == range.upperBound { return .badRequest("a field line has no colon") }
        if bytes[index].isWhitespace {
            return index == range.lowerBound
                ? .badRequest("a field line begins with white space")
                : .badRequest("there is white space between a field name and its colon")
        }
        if index == range.lowerBound && bytes[index] == 0x3A { return .badRequest("a field name is empty") }
        return .badRequest("a field name contains an invalid character")
    }
}
