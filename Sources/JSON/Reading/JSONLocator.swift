/// Finds places in a JSON text for people: the line and column of an offset or of a member.
public enum JSONLocator {
    /// Where the member or element at `path` stands in `bytes`: its name's opening quotation mark in an object, its
    /// first byte in an array, whose elements are named by their index in decimal. Nil where the text has no such
    /// member or is not JSON up to there. An empty path is the text's value itself.
    ///
    /// Line and column count from 1, columns in Unicode scalars. O(n).
    public static func position(
        of path: [String], in bytes: [UInt8], comments: Bool = false
    ) -> (line: Int, column: Int)? {
        let limits = JSONLimits(bytesMax: .max)
        var scanner = JSONScanner(limits: limits, comments: comments)
        guard let offset = try? scanner.locate(path[...], bytes.span) else { return nil }
        return position(ofOffset: offset, in: bytes.span)
    }

    /// Line and column of a byte, both from 1. Lines end with LF; columns count Unicode scalars.
    ///
    /// An offset behind the end counts as the end.
    public static func position(ofOffset offset: Int, in bytes: Span<UInt8>) -> (line: Int, column: Int) {
        var line = 1
        var column = 1
        for index in 0..<min(offset, bytes.count) {
            if bytes[index] == .lineFeed {
                line += 1
                column = 1
            } else if bytes[index] & 0xC0 != 0x80 {
                column += 1
            }
        }
        return (line, column)
    }
}

extension JSONScanner {
    /// The offset of the member or element at `path`, or nil.
    fileprivate mutating func locate(_ path: ArraySlice<String>, _ bytes: Span<UInt8>) throws(JSONFault) -> Int? {
        try begin(bytes)
        var place = index
        for step in path {
            guard let found = try enter(step, bytes) else { return nil }
            place = found
        }
        return place
    }

    /// Goes to the value of the member or element `step` of the value here; gives the offset of the member or element.
    private mutating func enter(_ step: String, _ bytes: Span<UInt8>) throws(JSONFault) -> Int? {
        guard index < bytes.count else { return nil }
        let isObject = bytes[index] == .openingBrace
        guard isObject || bytes[index] == .openingBracket else { return nil }
        let closing: UInt8 = isObject ? .closingBrace : .closingBracket
        try open(bytes)
        if close(bytes, with: closing) { return nil }
        var ordinal = 0
        while true {
            let place = index
            let name = isObject ? try memberName(bytes) : String(ordinal)
            if ExactText.equal(name, step) { return place }
            _ = try value(bytes)
            let expected: JSONFault.Expectation = isObject ? .commaOrClosingBrace : .commaOrClosingBracket
            guard try comma(bytes, before: closing, else: expected) else { return nil }
            ordinal += 1
        }
    }
}
