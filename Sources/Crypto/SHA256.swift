import Bytes

/// The Secure Hash Algorithm SHA-256 (FIPS 180-4), for a whole message or one that arrives in parts.
public struct SHA256: Sendable {
    /// The number of bytes in a hash: 32.
    public static let byteCount = 32

    private var state: SHA256State
    private var messageCount: UInt64 = 0
    /// The bytes after the last whole block: fewer than 64.
    private var rest: [UInt8] = []

    /// Creates a hash of nothing yet.
    public init() { state = SHA256State() }

    /// The hash of `message`. O(n).
    public static func hash(_ message: [UInt8]) -> [UInt8] {
        var hash = SHA256()
        hash.update(message.span)
        return hash.finalize()
    }

    /// Hashes the next part of the message. O(n).
    public mutating func update(_ bytes: [UInt8]) { update(bytes.span) }

    /// Hashes the next part of the message. O(n).
    public mutating func update(_ bytes: Span<UInt8>) {
        messageCount &+= UInt64(bytes.count)
        var index = 0
        if !rest.isEmpty {
            index = min(64 - rest.count, bytes.count)
            rest.append(bytes.extracting(..<index))
            guard rest.count == 64 else { return }
            // Moved to a local: a span of one property while another changes would break exclusivity.
            var block: [UInt8] = []
            swap(&block, &rest)
            state.compress(block.span, at: 0)
            block.removeAll(keepingCapacity: true)
            swap(&block, &rest)
        }
        while bytes.count - index >= 64 {
            state.compress(bytes, at: index)
            index += 64
        }
        rest.append(bytes.extracting(index...))
    }

    /// The hash of all parts so far. More parts may follow, for another hash.
    public func finalize() -> [UInt8] {
        var state = state
        let blocks = MessagePadding.end(of: rest.span, messageCount: messageCount)
        for start in stride(from: 0, to: blocks.count, by: 64) { state.compress(blocks.span, at: start) }
        return state.bytes
    }
}
