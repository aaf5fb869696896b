import Bytes

/// What waits to be sent to one peer, in its order.
///
/// Bytes that refer to an event are held until it is durable, and everything queued after them waits behind them: the
/// peer gets its answers in order, and a ping's answer proves that everything before the ping was read.
struct Outbox {
    private struct Section {
        /// The event that must be durable first.
        let sequence: UInt64
        var bytes: [UInt8]
    }

    /// The bytes that may be sent.
    var ready = ByteQueue()
    /// The bytes that are held, oldest first; their sequences grow.
    private var held: [Section] = []
    private var heldBytes = 0

    /// The number of bytes waiting.
    var count: Int { ready.count + heldBytes }
    var isEmpty: Bool { count == 0 }
    /// Whether some bytes are held.
    var isHolding: Bool { !held.isEmpty }

    /// Appends what `encode` writes.
    ///
    /// - Parameter sequence: the event that it refers to; nil if that is durable, or if there is none.
    mutating func append(after sequence: UInt64? = nil, _ encode: (inout [UInt8]) -> Void) {
        guard let section = place(after: sequence) else { return ready.append(encode) }
        let count = held[section].bytes.count
        encode(&held[section].bytes)
        heldBytes += held[section].bytes.count - count
    }

    /// Appends bytes, without copying them if nothing waits.
    mutating func append(_ bytes: [UInt8], after sequence: UInt64? = nil) {
        guard let section = place(after: sequence) else { return ready.append(bytes) }
        held[section].bytes += bytes
        heldBytes += bytes.count
    }

    /// The section for bytes that refer to this event; nil if they may be sent.
    private mutating func place(after sequence: UInt64?) -> Int? {
        if let sequence, sequence > held.last?.sequence ?? 0 {
            held.append(Section(sequence: sequence, bytes: []))
        }
        return held.isEmpty ? nil : held.count - 1
    }

    /// Lets the bytes go that refer to events up to `durable`.
    ///
    /// - Returns: whether there are any.
    mutating func release(through durable: UInt64) -> Bool {
        let count = held.prefix { $0.sequence <= durable }.count
        guard count > 0 else { return false }
        for section in held[..<count] {
            ready.append(section.bytes)
            heldBytes -= section.bytes.count
        }
        held.removeFirst(count)
        return true
    }

    /// Drops everything.
    mutating func removeAll() { self = Outbox() }
}
