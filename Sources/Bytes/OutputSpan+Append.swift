/// Writing to the end of an array several things in one piece: `Array.append(addingCapacity:initializingWith:)`.
extension OutputSpan<UInt8> {
    /// Appends a copy of `bytes`.
    ///
    /// - Precondition: there is room.
    @inlinable public mutating func append(copying bytes: Span<UInt8>) {
        unsafe bytes.withUnsafeBufferPointer { unsafe append($0) }
    }

    /// Appends a literal.
    ///
    /// - Precondition: there is room.
    @inlinable public mutating func append(literal text: StaticString) {
        unsafe append(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Appends `value` in decimal digits, with a minus sign where it is negative.
    ///
    /// - Precondition: there is room: 20 bytes for the longest.
    public mutating func append(decimal value: Int64) {
        if value < 0 { append(0x2D) }
        append(decimal: value.magnitude, width: 1)
    }

    /// Appends `value` in at least `width` decimal digits, zeros in front.
    ///
    /// - Precondition: there is room; `width <= 20`.
    public mutating func append(decimal value: UInt64, width: Int) {
        precondition(width <= 20, "no number of 64 bits has more digits")
        if value < 10, width <= 1 { return append(0x30 + UInt8(truncatingIfNeeded: value)) }
        // From the last digit on, to be appended in one piece.
        var digits = InlineArray<20, UInt8>(repeating: 0x30)
        var first = 20
        var rest = value
        repeat {
            first -= 1
            digits[first] = 0x30 + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        } while rest > 0
        append(copying: digits.span.extracting(Swift.min(first, 20 - width)...))
    }

    @usableFromInline mutating func append(_ bytes: UnsafeBufferPointer<UInt8>) {
        precondition(bytes.count <= freeCapacity, "more bytes than there is room for")
        unsafe withUnsafeMutableBufferPointer { buffer, count in
            guard let source = bytes.baseAddress, let target = buffer.baseAddress else { return }
            unsafe (target + count).update(from: source, count: bytes.count)
            count += bytes.count
        }
    }
}
