/// Appending text and bytes to arrays. Every encoder is built from these.
extension [UInt8] {
    /// Appends a copy of `bytes`.
    @inlinable public mutating func append(_ bytes: Span<UInt8>) {
        unsafe bytes.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
    }

    /// Appends the UTF-8 of `text`, in one copy if its storage is contiguous.
    @inlinable public mutating func append(utf8 text: String) {
        append(contentsOf: text.utf8)
    }

    /// Appends the UTF-8 of a literal.
    @inlinable public mutating func append(literal text: StaticString) {
        unsafe append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Appends `value` in decimal, with a minus sign if it is negative.
    @inlinable public mutating func append(decimal value: some FixedWidthInteger) {
        if value < 0 { append(0x2D) }
        append(decimalMagnitude: UInt64(value.magnitude))
    }

    /// Appends `value` in at least `width` decimal digits, padded with leading zeros.
    ///
    /// - Precondition: `width <= 20`.
    public mutating func append(decimal value: UInt64, width: Int) {
        append(addingCapacity: 20) { $0.append(decimal: value, width: width) }
    }

    @usableFromInline mutating func append(decimalMagnitude value: UInt64) {
        if value < 10 {
            append(0x30 + UInt8(truncatingIfNeeded: value))
        } else {
            append(decimal: value, width: 1)
        }
    }
}
