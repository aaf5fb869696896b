/// Writes several things to the end of an array in one step, inside `Array.append(addingCapacity:initializingWith:)`.
extension OutputSpan<UInt8> {
    /// Appends a copy of `bytes`.
    ///
    /// - Precondition: `freeCapacity` suffices.
    @inlinable public mutating func append(copying bytes: Span<UInt8>) {
        unsafe bytes.withUnsafeBufferPointer { unsafe append($0) }
    }

    /// Appends the UTF-8 of a literal.
    ///
    /// - Precondition: `freeCapacity` suffices.
    @inlinable public mutating func append(literal text: StaticString) {
        unsafe append(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Appends `value` in decimal, with a minus sign if it is negative.
    ///
    /// - Precondition: `freeCapacity` suffices; the longest number has 20 bytes.
    public mutating func append(decimal value: Int64) {
        if value < 0 { append(0x2D) }
        append(decimal: value.magnitude, width: 1)
    }

    /// Appends `value` in at least `width` decimal digits, padded with leading zeros.
    ///
    /// - Precondition: `freeCapacity` suffices, and `width <= 20`.
    public mutating func append(decimal value: UInt64, width: Int) {
        precondition(width <= 20, "no 64-bit number has more than 20 digits")
        if value < 10, width <= 1 { return append(0x30 + UInt8(truncatingIfNeeded: value)) }
        // Filled from the last digit, then appended in one copy.
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
        precondition(bytes.count <= freeCapacity, "more bytes than the free capacity")
        unsafe withUnsafeMutableBufferPointer { buffer, count in
            guard let source = bytes.baseAddress, let target = buffer.baseAddress else { return }
            unsafe (target + count).update(from: source, count: bytes.count)
            count += bytes.count
        }
    }
}
