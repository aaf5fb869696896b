import Bytes

/// Where one field line lies in the bytes of its head.
///
/// Strict as RFC 9112, section 5 allows: the name is a token that the colon follows at once (5.1), a line that begins
/// with white space is refused and not folded (5.2), and the value holds no control character.
struct FieldLine: Hashable, Sendable {
    let nameStart: UInt32
    let nameEnd: UInt32
    var valueStart: UInt32
    var valueEnd: UInt32

    var name: Range<Int> { Int(nameStart)..<Int(nameEnd) }
    var value: Range<Int> { Int(valueStart)..<Int(valueEnd) }

    /// - Precondition: both ranges are within 32 bits.
    init(name: Range<Int>, value: Range<Int>) {
        nameStart = UInt32(name.lowerBound)
        nameEnd = UInt32(name.upperBound)
        valueStart = UInt32(value.lowerBound)
        valueEnd = UInt32(value.upperBound)
    }

    /// Reads the field line that lies in `range` of `bytes`, without its CRLF.
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
            throw .badRequest("a field value holds a control character")
        }
        self.init(name: range.lowerBound..<colon, value: start..<end)
    }

    private static func nameFault(_ bytes: Span<UInt8>, _ range: Range<Int>, at index: Int) -> HTTPFault {
        if index == range.upperBound { return .badRequest("a field line has no colon") }
        if bytes[index].isWhitespace {
            return index == range.lowerBound
                ? .badRequest("a field line begins with white space")
                : .badRequest("white space stands between a field name and its colon")
        }
        if index == range.lowerBound && bytes[index] == 0x3A { return .badRequest("a field name is empty") }
        return .badRequest("a field name holds a character that is not allowed there")
    }
}
