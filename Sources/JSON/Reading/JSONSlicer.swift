import Bytes

/// Walks through a JSON text and returns the ranges of its parts, without making values of them.
///
/// It is for text that is known to be JSON, such as what this program wrote, and is several times faster than parsing.
/// Malformed text is noticed only where it leads the walk astray; then `isAstray` is set, and every later call returns
/// nil or false.
///
///     var slicer = JSONSlicer()
///     slicer.beginObject(in: text)
///     while let name = slicer.nextMember(in: text) {
///         let value = slicer.value(in: text)        // or beginObject or beginArray, and so on
///     }
///
/// The text is an argument of every function, because a span cannot be stored. O(n) in the bytes skipped.
public struct JSONSlicer: Sendable {
    /// The offset of the next byte.
    public private(set) var index: Int

    /// Whether the text turned out not to be the expected JSON.
    public private(set) var isAstray = false

    /// Creates a slicer at the offset of a value's first byte.
    @inlinable public init(at index: Int = 0) { self.init(index) }

    @usableFromInline init(_ index: Int) { self.index = index }

    /// Enters the object that begins here; false if there is none.
    @discardableResult
    public mutating func beginObject(in bytes: Span<UInt8>) -> Bool { enter(.openingBrace, bytes) }

    /// Enters the array that begins here; false if there is none.
    @discardableResult
    public mutating func beginArray(in bytes: Span<UInt8>) -> Bool { enter(.openingBracket, bytes) }

    /// Moves to the next member's value and returns the range of its name, without quotation marks and with escapes as
    /// they are. Nil after the last member; then the slicer has left the object.
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

    /// Moves to the next element. False after the last one; then the slicer has left the array.
    public mutating func nextElement(in bytes: Span<UInt8>) -> Bool { goToNext(.closingBracket, bytes) }

    /// Skips the value that begins here and returns its range, which includes a string's quotation marks. Nil if there
    /// is no value.
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
            // The escaped character is skipped unseen.
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
    /// Whether the bytes in `range` are those of `text`.
    ///
    /// - Precondition: `range` lies within the span.
    public func holds(_ text: StaticString, at range: Range<Int>) -> Bool {
        guard range.count == text.utf8CodeUnitCount else { return false }
        for offset in 0..<range.count {
            guard unsafe self[range.lowerBound + offset] == text.utf8Start[offset] else { return false }
        }
        return true
    }
}
