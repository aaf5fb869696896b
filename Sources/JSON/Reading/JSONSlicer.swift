import Bytes

/// Goes through a JSON text and says where its parts are, without making values of them.
///
/// For text that is known to be JSON, such as what this program wrote, from which a few parts are wanted as they are:
/// several times faster than to parse it. What is malformed is noticed only where it leads the way astray; then
/// `isAstray` is set, and everything from there on gives nil.
///
///     var slicer = JSONSlicer()
///     slicer.beginObject(in: text)
///     while let name = slicer.nextMember(in: text) {
///         let value = slicer.value(in: text)        // or beginObject, beginArray and their parts
///     }
///
/// The text is an argument of every function, since a span may not be stored. O(n) in the bytes passed over.
public struct JSONSlicer: Sendable {
    /// The offset of the next byte.
    public private(set) var index: Int

    /// Whether the text was not what it was taken for.
    public private(set) var isAstray = false

    /// - Parameter index: where a value begins.
    @inlinable public init(at index: Int = 0) { self.init(index) }

    @usableFromInline init(_ index: Int) { self.index = index }

    /// Enters the object that begins here; false where there is none.
    @discardableResult
    public mutating func beginObject(in bytes: Span<UInt8>) -> Bool { enter(.openingBrace, bytes) }

    /// Enters the array that begins here; false where there is none.
    @discardableResult
    public mutating func beginArray(in bytes: Span<UInt8>) -> Bool { enter(.openingBracket, bytes) }

    /// Goes to the next member's value and gives where its name is, without quotation marks and with its escapes; nil,
    /// and behind the object, where there is no further one.
    public mutating func nextMember(in bytes: Span<UInt8>) -> Range<Int>? {
        guard goToNext(.closingBrace, bytes) else { return nil }
        guard let name = value(in: bytes), name.count >= 2, bytes[name.lowerBound] == .quotationMark else {
            isAstray = true
            return nil
        }
        skipSpace(bytes)
        guard index < bytes.count, bytes[index] == .colon else {
            isAstray = true
            return nil
        }
        index += 1
        skipSpace(bytes)
        return (name.lowerBound + 1)..<(name.upperBound - 1)
    }

    /// Goes to the next element; false, and behind the array, where there is no further one.
    public mutating func nextElement(in bytes: Span<UInt8>) -> Bool { goToNext(.closingBracket, bytes) }

    /// Passes over the value that begins here, whatever it is, and gives where it is: a string with its quotation
    /// marks.
    public mutating func value(in bytes: Span<UInt8>) -> Range<Int>? {
        guard !isAstray, index < bytes.count else {
            isAstray = true
            return nil
        }
        let start = index
        switch bytes[index] {
        case .quotationMark: passString(bytes)
        case .openingBrace, .openingBracket: passNested(bytes)
        default:
            while index < bytes.count, !Self.endsLiteral(bytes[index]) { index += 1 }
        }
        if index == start { isAstray = true }
        return isAstray ? nil : start..<index
    }

    // MARK: - Private

    private mutating func enter(_ opening: UInt8, _ bytes: Span<UInt8>) -> Bool {
        guard !isAstray else { return false }
        skipSpace(bytes)
        guard index < bytes.count, bytes[index] == opening else {
            isAstray = true
            return false
        }
        index += 1
        return true
    }

    private mutating func goToNext(_ closing: UInt8, _ bytes: Span<UInt8>) -> Bool {
        guard !isAstray else { return false }
        skipSpace(bytes)
        if index < bytes.count, bytes[index] == .comma {
            index += 1
            skipSpace(bytes)
        }
        guard index < bytes.count else {
            isAstray = true
            return false
        }
        guard bytes[index] == closing else { return true }
        index += 1
        return false
    }

    private mutating func passString(_ bytes: Span<UInt8>) {
        index += 1
        while let found = bytes.firstIndex(of: .quotationMark, or: .backslash, from: index) {
            index = found + 1
            if bytes[found] == .quotationMark { return }
            // What is escaped is not looked at.
            index += 1
        }
        isAstray = true
    }

    private mutating func passNested(_ bytes: Span<UInt8>) {
        var depth = 0
        while index < bytes.count, !isAstray {
            switch bytes[index] {
            case .quotationMark:
                passString(bytes)
                continue
            case .openingBrace, .openingBracket: depth += 1
            case .closingBrace, .closingBracket: depth -= 1
            default: break
            }
            index += 1
            if depth == 0 { return }
        }
        isAstray = true
    }

    private static func endsLiteral(_ byte: UInt8) -> Bool {
        switch byte {
        case .comma, .closingBrace, .closingBracket, .colon, .quotationMark, .openingBrace, .openingBracket: true
        default: byte <= .space
        }
    }

    private mutating func skipSpace(_ bytes: Span<UInt8>) {
        while index < bytes.count, bytes[index] <= .space { index += 1 }
    }
}

extension Span where Element == UInt8 {
    /// Whether the bytes in `range`, which lies within, are those of `text`.
    public func holds(_ text: StaticString, at range: Range<Int>) -> Bool {
        guard range.count == text.utf8CodeUnitCount else { return false }
        for offset in 0..<range.count {
            guard unsafe self[range.lowerBound + offset] == text.utf8Start[offset] else { return false }
        }
        return true
    }
}
