/// Why a text is not the JSON that was asked for, and where.
public struct JSONFault: Error, Hashable, Sendable {
    /// What would have been right at the place of the fault.
    public enum Expectation: Hashable, Sendable {
        case value
        /// The rest of `true`, `false` or `null`.
        case literal
        case memberName
        case colon
        case commaOrClosingBrace
        case commaOrClosingBracket
        case digit
        case end
    }

    public enum Reason: Hashable, Sendable {
        case tooLong(bytesMax: Int)
        case tooDeep(depthMax: Int)
        case byteOrderMark
        case unexpectedEnd(expected: Expectation)
        case unexpectedByte(UInt8, expected: Expectation)
        case trailingComma
        case leadingZero
        /// A number whose magnitude no finite `Double` has.
        case numberOutOfRange
        case unterminatedString
        case unterminatedComment
        case controlCharacter(UInt8)
        case invalidUTF8
        case invalidEscape
        case loneSurrogate
        case duplicateName(String)
    }

    public let reason: Reason

    /// Bytes before the fault.
    public let offset: Int

    /// Counted from 1; a line ends with LF.
    public let line: Int

    /// Counted from 1 in Unicode scalars, as editors show it; a tab is one.
    public let column: Int

    init(_ reason: Reason, at offset: Int, in bytes: Span<UInt8>) {
        self.reason = reason
        self.offset = offset
        (line, column) = JSONLocator.position(ofOffset: offset, in: bytes)
    }
}

extension JSONFault: CustomStringConvertible {
    /// The fault and its place as one sentence without a full stop.
    public var description: String { "\(message) (line \(line), column \(column))" }

    /// The fault without its place.
    public var message: String {
        switch reason {
        case .tooLong(let bytesMax): "the text is longer than \(bytesMax) bytes"
        case .tooDeep(let depthMax): "arrays and objects are nested more than \(depthMax) deep"
        case .byteOrderMark: "the text begins with a byte order mark, which JSON does not allow"
        case .unexpectedEnd(let expected): "the text ends where \(expected.words) should be"
        case .unexpectedByte(let byte, let expected):
            "\(Self.name(of: byte)) stands where \(expected.words) should be"
        case .trailingComma: "a comma stands before the closing bracket"
        case .leadingZero: "a number begins with a superfluous zero"
        case .numberOutOfRange: "a number is too large to be represented"
        case .unterminatedString: "a string has no closing quotation mark"
        case .unterminatedComment: "a comment has no end"
        case .controlCharacter(let byte):
            "a string contains the control character \(Self.hex(byte)), which must be escaped"
        case .invalidUTF8: "the text is not valid UTF-8"
        case .invalidEscape: "a backslash begins no escape that JSON has"
        case .loneSurrogate: "an escape is one half of a surrogate pair without the other"
        case .duplicateName(let name): "the member \(Self.quoted(name)) stands twice in an object"
        }
    }

    /// A name as JSON has it, cut short: whoever sent it may have made it long.
    private static func quoted(_ name: String) -> String {
        let scalars = name.unicodeScalars.prefix(41)
        guard scalars.count == 41 else { return JSONValue.string(name).text }
        return JSONValue.string(String(scalars.prefix(40)) + "…").text
    }

    private static func name(of byte: UInt8) -> String {
        (0x21...0x7E).contains(byte) ? "'\(Unicode.Scalar(byte))'" : "the byte \(hex(byte))"
    }

    private static func hex(_ byte: UInt8) -> String {
        let digits = String(byte, radix: 16, uppercase: true)
        return digits.utf8.count == 1 ? "0x0\(digits)" : "0x\(digits)"
    }
}

extension JSONFault.Expectation {
    fileprivate var words: String {
        switch self {
        case .value: "a value"
        case .literal: "the rest of true, false or null"
        case .memberName: "a member's name in quotation marks"
        case .colon: "a colon"
        case .commaOrClosingBrace: "a comma or a closing brace"
        case .commaOrClosingBracket: "a comma or a closing bracket"
        case .digit: "a digit"
        case .end: "the end of the text"
        }
    }
}
