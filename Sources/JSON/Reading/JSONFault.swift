/// Why a text is not valid JSON or exceeds a limit, and where.
public struct JSONFault: Error, Hashable, Sendable {
    /// What the grammar allows at the place of the fault.
    public enum Expectation: Hashable, Sendable {
        /// Any value.
        case value
        /// The rest of `true`, `false` or `null`.
        case literal
        /// The quotation mark that begins a member's name.
        case memberName
        /// The colon after a member's name.
        case colon
        /// A comma or the end of an object.
        case commaOrClosingBrace
        /// A comma or the end of an array.
        case commaOrClosingBracket
        /// A digit of a number.
        case digit
        /// The end of the text.
        case end
    }

    /// What is wrong.
    public enum Reason: Hashable, Sendable {
        /// The text has more than `bytesMax` bytes (`JSONLimits`).
        case tooLong(bytesMax: Int)
        /// Arrays and objects are nested more than `depthMax` deep (`JSONLimits`).
        case tooDeep(depthMax: Int)
        /// The text begins with U+FEFF, which RFC 8259, section 8.1 forbids.
        case byteOrderMark
        /// The text ends too early.
        case unexpectedEnd(expected: Expectation)
        /// A byte is not allowed where it stands.
        case unexpectedByte(UInt8, expected: Expectation)
        /// A comma precedes the end of an array or object.
        case trailingComma
        /// A number has a zero before its other digits.
        case leadingZero
        /// A number is too large for a finite `Double`.
        case numberOutOfRange
        /// A string has no closing quotation mark.
        case unterminatedString
        /// A comment has no closing `*/`.
        case unterminatedComment
        /// A string contains a raw byte below 0x20.
        case controlCharacter(UInt8)
        /// A string or comment is not UTF-8.
        case invalidUTF8
        /// A backslash is not followed by a valid escape.
        case invalidEscape
        /// A `\u` escape is half of a surrogate pair.
        case loneSurrogate
        /// An object has two members with this name.
        case duplicateName(String)
    }

    /// What is wrong.
    public let reason: Reason

    /// The number of bytes before the fault.
    public let offset: Int

    /// The line of the fault, counted from 1. Lines end with LF.
    public let line: Int

    /// The column of the fault, counted from 1 in Unicode scalars, as editors show it; a tab counts as one.
    public let column: Int

    init(_ reason: Reason, at offset: Int, in bytes: Span<UInt8>) {
        self.reason = reason
        self.offset = offset
        (line, column) = JSONLocator.position(ofOffset: offset, in: bytes)
    }
}

extension JSONFault: CustomStringConvertible {
    /// The message and the place, without a full stop.
    public var description: String { "\(message) (line \(line), column \(column))" }

    /// The fault in words, without its place and without a full stop.
    public var message: String {
        switch reason {
        case .tooLong(let bytesMax): "the text is longer than \(bytesMax) bytes"
        case .tooDeep(let depthMax): "arrays and objects are nested more than \(depthMax) deep"
        case .byteOrderMark: "the text begins with a byte order mark, which JSON does not allow"
        case .unexpectedEnd(let expected): "expected \(expected.words), but the text ends"
        case .unexpectedByte(let byte, let expected): "expected \(expected.words), found \(Self.name(of: byte))"
        case .trailingComma: "there is a comma before the closing bracket"
        case .leadingZero: "a number has a leading zero"
        case .numberOutOfRange: "a number is too large to be represented"
        case .unterminatedString: "a string has no closing quotation mark"
        case .unterminatedComment: "a comment is not closed"
        case .controlCharacter(let byte):
            "a string contains the control character \(Self.hex(byte)), which must be escaped"
        case .invalidUTF8: "the text is not valid UTF-8"
        case .invalidEscape: "a backslash does not begin a valid escape"
        case .loneSurrogate: "an escape is half of a surrogate pair without the other half"
        case .duplicateName(let name): "the member \(Self.quoted(name)) occurs twice in an object"
        }
    }

    /// The name as a JSON string, truncated to 40 scalars: a peer can send a long one.
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
