/// Bytes in the order they came, taken from the front: what a machine has received and not yet understood, or what a
/// connection has to send and the kernel has not yet taken.
///
/// Taking from the front moves an index; the storage is compacted when at least half of it has been taken, so each byte
/// is moved at most once or twice in its life. An emptied queue of more than `keptCapacityMax` bytes gives its storage
/// back.
public struct ByteQueue: Sendable {
    /// An empty queue keeps at most this many bytes of storage for its next use.
    public static let keptCapacityMax = 16 * 1024

    @usableFromInline var storage: [UInt8] = []
    @usableFromInline var head = 0

    @inlinable public init() {}

    /// The number of bytes waiting.
    @inlinable public var count: Int { storage.count - head }

    @inlinable public var isEmpty: Bool { storage.count == head }

    /// The byte `offset` places from the front.
    ///
    /// - Precondition: `0 <= offset < count`.
    @inlinable public subscript(offset: Int) -> UInt8 { storage[head + offset] }

    @inlinable public mutating func append(_ byte: UInt8) { storage.append(byte) }

    @inlinable public mutating func append(_ bytes: [UInt8]) {
        if storage.isEmpty { storage = bytes } else { storage.append(contentsOf: bytes) }
    }

    @inlinable public mutating func append(_ bytes: ArraySlice<UInt8>) { storage.append(contentsOf: bytes) }

    /// Appends a copy of `bytes`.
    @inlinable public mutating func append(_ bytes: Span<UInt8>) { storage.append(bytes) }

    /// Appends what `encode` writes to the end of an array: for encoders, which all append to `[UInt8]`.
    @inlinable public mutating func append(_ encode: (inout [UInt8]) -> Void) { encode(&storage) }

    /// Drops the first `count` bytes.
    ///
    /// - Precondition: `0 <= count <= self.count`.
    @inlinable public mutating func removeFirst(_ count: Int) {
        precondition(count >= 0 && count <= self.count, "more bytes taken than are waiting")
        head += count
        if head == storage.count {
            removeAll()
        } else if head > 4096 && head >= storage.count / 2 {
            storage.removeFirst(head)
            head = 0
        }
    }

    /// Drops everything; a large storage is given back.
    @inlinable public mutating func removeAll() {
        head = 0
        storage.removeAll(keepingCapacity: storage.capacity <= Self.keptCapacityMax)
    }

    /// Drops everything and the storage too: an idle connection should cost nothing.
    @inlinable public mutating func release() {
        head = 0
        storage = []
    }

    /// A copy of `range`, counted from the front.
    ///
    /// - Precondition: the range is within `0..<count`.
    @inlinable public func copy(_ range: Range<Int>) -> [UInt8] {
        Array(storage[(head + range.lowerBound)..<(head + range.upperBound)])
    }

    /// A copy of everything that waits.
    @inlinable public func copy() -> [UInt8] { head == 0 ? storage : Array(storage[head...]) }

    /// The offset of the first `byte` at or after `start`, or nil. The corresponding C function is `memchr`.
    @inlinable public func firstIndex(of byte: UInt8, from start: Int = 0) -> Int? {
        var index = head + start
        while index < storage.count {
            if storage[index] == byte { return index - head }
            index += 1
        }
        return nil
    }

    /// Calls `body` with the waiting bytes; the span must not outlive the call.
    @inlinable public func withSpan<Result, Failure: Error>(
        _ body: (Span<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(storage.span.extracting(head..<storage.count))
    }
}
