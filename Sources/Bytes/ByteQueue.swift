/// A first-in, first-out queue of bytes: received input that a machine has not parsed yet, or output that the kernel
/// has not accepted yet.
///
/// Removing from the front moves an index. The storage is compacted once at least half of it has been removed, so each
/// byte is moved once or twice at most. When the queue becomes empty, storage above `keptCapacityMax` is freed.
public struct ByteQueue: Sendable {
    /// The most storage, in bytes, that an empty queue keeps for its next use.
    public static let keptCapacityMax = 16 * 1024

    @usableFromInline var storage: [UInt8] = []
    @usableFromInline var head = 0

    /// Creates an empty queue, which has no storage.
    @inlinable public init() {}

    /// The number of bytes waiting.
    @inlinable public var count: Int { storage.count - head }

    /// Whether no bytes are waiting.
    @inlinable public var isEmpty: Bool { storage.count == head }

    /// The byte `offset` places from the front.
    ///
    /// - Precondition: `0 <= offset < count`.
    @inlinable public subscript(offset: Int) -> UInt8 { storage[head + offset] }

    /// Appends one byte.
    @inlinable public mutating func append(_ byte: UInt8) { storage.append(byte) }

    /// Appends an array, without copying it if the queue has no storage in use.
    @inlinable public mutating func append(_ bytes: [UInt8]) {
        if storage.isEmpty { storage = bytes } else { storage.append(contentsOf: bytes) }
    }

    /// Appends a copy of `bytes`.
    @inlinable public mutating func append(_ bytes: ArraySlice<UInt8>) { storage.append(contentsOf: bytes) }

    /// Appends a copy of `bytes`.
    @inlinable public mutating func append(_ bytes: Span<UInt8>) { storage.append(bytes) }

    /// Appends what `encode` writes. Encoders append to `[UInt8]`, so this gives them the queue's own storage.
    @inlinable public mutating func append(_ encode: (inout [UInt8]) -> Void) { encode(&storage) }

    /// Removes the first `count` bytes.
    ///
    /// - Precondition: `0 <= count <= self.count`.
    @inlinable public mutating func removeFirst(_ count: Int) {
        precondition(count >= 0 && count <= self.count, "more bytes removed than are waiting")
        head += count
        if head == storage.count {
            removeAll()
        } else if head > 4096 && head >= storage.count / 2 {
            storage.removeFirst(head)
            head = 0
        }
    }

    /// Removes everything, and frees storage above `keptCapacityMax`.
    @inlinable public mutating func removeAll() {
        head = 0
        storage.removeAll(keepingCapacity: storage.capacity <= Self.keptCapacityMax)
    }

    /// Removes everything and frees all storage: an idle connection should cost nothing.
    @inlinable public mutating func release() {
        head = 0
        storage = []
    }

    /// A copy of the bytes in `range`, counted from the front.
    ///
    /// - Precondition: the range is within `0..<count`.
    @inlinable public func copy(_ range: Range<Int>) -> [UInt8] {
        Array(storage[(head + range.lowerBound)..<(head + range.upperBound)])
    }

    /// A copy of all waiting bytes.
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
