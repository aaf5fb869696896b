/// A position in a JSON text, and the grammar of arrays, objects, literals and white space. Strings and numbers are in
/// files of their own.
///
/// The text is an argument of every function, because a span cannot be stored. Functions that read a value start at its
/// first byte and stop after its last.
struct JSONScanner {
    /// The offset of the next byte.
    var index = 0

    /// The number of arrays or objects that may still be opened here.
    private var depthLeft: Int

    private let limits: JSONLimits
    private let comments: Bool

    /// Buffer in which strings with escapes are assembled, kept for its storage.
    var scratch: [UInt8] = []

    init(limits: JSONLimits, comments: Bool) {
        self.limits = limits
        self.comments = comments
        depthLeft = min(limits.depthMax, JSONLimits.depthCeiling)
    }

    /// Reads a whole text, which has one value.
    mutating func document(_ bytes: Span<UInt8>) throws(JSONFault) -> JSONValue {
        try begin(bytes)
        let value = try value(bytes)
        try skipSpace(bytes)
        if index < bytes.count { throw unexpected(bytes, .end) }
        return value
    }

    /// Checks the length, refuses a byte order mark and moves to the first value.
    mutating func begin(_ bytes: Span<UInt8>) throws(JSONFault) {
        if bytes.count > limits.bytesMax {
            throw JSONFault(.tooLong(bytesMax: limits.bytesMax), at: limits.bytesMax, in: bytes)
        }
        if bytes.count >= 3 && bytes[0] == 0xEF && bytes[1] == 0xBB && bytes[2] == 0xBF {
            throw JSONFault(.byteOrderMark, at: 0, in: bytes)
        }
        try skipSpace(bytes)
    }

    mutating func value(_ bytes: Span<UInt8>) throws(JSONFault) -> JSONValue {
        guard index < bytes.count else { throw unexpected(bytes, .value) }
        switch bytes[index] {
        case .quotationMark: return .string(try string(bytes))
        case .openingBrace: return .object(try object(bytes))
        case .openingBracket: return .array(try array(bytes))
        case .minus, .digitZero ... .digitNine: return try number(bytes)
        case 0x74: return try literal("true", .bool(true), bytes)
        case 0x66: return try literal("false", .bool(false), bytes)
        case 0x6E: return try literal("null", .null, bytes)
        default: throw unexpected(bytes, .value)
        }
    }

    // MARK: - Arrays and objects

    private mutating func array(_ bytes: Span<UInt8>) throws(JSONFault) -> [JSONValue] {
        try open(bytes)
        var elements: [JSONValue] = []
        if close(bytes, with: .closingBracket) { return elements }
        while true {
            elements.append(try value(bytes))
            guard try comma(bytes, before: .closingBracket, else: .commaOrClosingBracket) else { return elements }
        }
    }

    private mutating func object(_ bytes: Span<UInt8>) throws(JSONFault) -> JSONObject {
        try open(bytes)
        var object = JSONObject()
        if close(bytes, with: .closingBrace) { return object }
        while true {
            let start = index
            let name = try memberName(bytes)
            if object.place(of: name) != nil { throw JSONFault(.duplicateName(name), at: start, in: bytes) }
            object.appendNew(name, try value(bytes))
            guard try comma(bytes, before: .closingBrace, else: .commaOrClosingBrace) else { return object }
        }
    }

    /// Reads a member's name, the colon and the white space around it.
    mutating func memberName(_ bytes: Span<UInt8>) throws(JSONFault) -> String {
        guard index < bytes.count, bytes[index] == .quotationMark else { throw unexpected(bytes, .memberName) }
        let name = try string(bytes)
        try skipSpace(bytes)
        guard index < bytes.count, bytes[index] == .colon else { throw unexpected(bytes, .colon) }
        index += 1
        try skipSpace(bytes)
        return name
    }

    /// Enters an array or object.
    mutating func open(_ bytes: Span<UInt8>) throws(JSONFault) {
        guard depthLeft > 0 else { throw JSONFault(.tooDeep(depthMax: limits.depthMax), at: index, in: bytes) }
        depthLeft -= 1
        index += 1
        try skipSpace(bytes)
    }

    /// Leaves the array or object if its closing byte is next.
    mutating func close(_ bytes: Span<UInt8>, with closing: UInt8) -> Bool {
        guard index < bytes.count, bytes[index] == closing else { return false }
        depthLeft += 1
        index += 1
        return true
    }

    /// Skips a comma and returns true, or leaves the array or object and returns false.
    mutating func comma(
        _ bytes: Span<UInt8>, before closing: UInt8, else expected: JSONFault.Expectation
    ) throws(JSONFault) -> Bool {
        try skipSpace(bytes)
        if close(bytes, with: closing) { return false }
        guard index < bytes.count, bytes[index] == .comma else { throw unexpected(bytes, expected) }
        let place = index
        index += 1
        try skipSpace(bytes)
        if index < bytes.count && bytes[index] == closing { throw JSONFault(.trailingComma, at: place, in: bytes) }
        return true
    }

    // MARK: - Literals and white space

    private mutating func literal(
        _ name: StaticString, _ value: JSONValue, _ bytes: Span<UInt8>
    ) throws(JSONFault) -> JSONValue {
        for offset in 0..<name.utf8CodeUnitCount {
            guard index < bytes.count, unsafe bytes[index] == name.utf8Start[offset] else {
                throw unexpected(bytes, .literal)
            }
            index += 1
        }
        return value
    }

    /// Skips white space, and comments if they are allowed.
    mutating func skipSpace(_ bytes: Span<UInt8>) throws(JSONFault) {
        while index < bytes.count {
            let byte = bytes[index]
            if byte > .space {
                guard comments, byte == .slash, try skipComment(bytes) else { return }
            } else {
                guard byte == .space || byte == .lineFeed || byte == .carriageReturn || byte == .tab else { return }
                index += 1
            }
        }
    }

    /// Skips the comment that begins with the slash here; false if the slash does not begin one.
    private mutating func skipComment(_ bytes: Span<UInt8>) throws(JSONFault) -> Bool {
        let start = index
        guard start + 1 < bytes.count else { return false }
        switch bytes[start + 1] {
        case .slash:
            index += 2
            while index < bytes.count && bytes[index] != .lineFeed { index += 1 }
        case .asterisk:
            // The shortest comment has four bytes: `/*/` is not one.
            index += 4
            while index <= bytes.count && !(bytes[index - 1] == .slash && bytes[index - 2] == .asterisk) { index += 1 }
            if index > bytes.count { throw JSONFault(.unterminatedComment, at: start, in: bytes) }
        default: return false
        }
        try validate(bytes, start..<index)
        return true
    }

    // MARK: - Faults

    /// The fault for a wrong byte here, or for the end of the text.
    func unexpected(_ bytes: Span<UInt8>, _ expected: JSONFault.Expectation) -> JSONFault {
        guard index < bytes.count else {
            return JSONFault(.unexpectedEnd(expected: expected), at: bytes.count, in: bytes)
        }
        return JSONFault(.unexpectedByte(bytes[index], expected: expected), at: index, in: bytes)
    }

    /// Checks that a part of the text is UTF-8 (RFC 3629).
    func validate(_ bytes: Span<UInt8>, _ range: Range<Int>) throws(JSONFault) {
        do {
            _ = try UTF8Span(validating: bytes.extracting(range))
        } catch {
            throw JSONFault(.invalidUTF8, at: range.lowerBound + error.byteOffsets.lowerBound, in: bytes)
        }
    }
}
