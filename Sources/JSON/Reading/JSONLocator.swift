/// Finds the line and column of an offset or of a member in a JSON text, for messages to people.
public enum JSONLocator {
    /// The position of the member or element at `path`: the opening quotation mark of a member's name, or the first
    /// byte of an array's element, which the path names by its decimal index. An empty path is the whole value. Nil if
    /// there is no such member, or if the text before it is not JSON.
    ///
    /// Lines and columns count from 1, columns in Unicode scalars. O(n).
    public static func position(
        of path: [String], in bytes: [UInt8], comments: Bool = false
    ) -> (line: Int, column: Int)? {
        let limits = JSONLimits(bytesMax: .max)
        var scanner = JSONScanner(limits: limits, comments: comments)
        guard let offset = try? scanner.locate(path[...], bytes.span) else { return nil }
        return position(ofOffset: offset, in: bytes.span)
    }

    /// The line and column of a byte, both counted from 1. Lines end with LF; columns count Unicode scalars. O(n).
    ///
    /// An offset after the end counts as the end.
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
    /// The offset of the member or element at `path`, or nil if there is none.
    fileprivate mutating func locate(_ path: ArraySlice<String>, _ bytes: Span<UInt8>) throws(JSONFault) -> Int? {
        try begin(bytes)
        var place = index
        for step in path {
            guard let found = try enter(step, bytes) else { return nil }
            place = found
        }
        return place
    }

    /// Moves to the value of the member or element `step` of the value here. Returns the offset of that member or
    /// element, or nil if there is none.
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
