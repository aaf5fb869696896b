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

    @usableFromInline mutating func append(_ bytes: UnsafeBufferPointer<UInt8>) {
        precondition(bytes.count <= freeCapacity, "more bytes than there is room for")
        unsafe withUnsafeMutableBufferPointer { buffer, count in
            guard let source = bytes.baseAddress, let target = buffer.baseAddress else { return }
            unsafe (target + count).update(from: source, count: bytes.count)
            count += bytes.count
        }
    }
}
