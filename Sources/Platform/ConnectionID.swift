/// A listener, valid only for the network that returned it.
public struct ListenerID: Hashable, Sendable {
    /// On Linux, the listening socket's descriptor.
    public let rawValue: Int32

    /// Creates an id from the network's own number.
    public init(rawValue: Int32) { self.rawValue = rawValue }
}

/// A slot in the table of connections and a count of its uses, so that late readiness of a closed connection is not
/// mistaken for that of its successor in the same slot.
public struct ConnectionID: Hashable, Sendable {
    /// The index in the table of connections.
    public let slot: Int32
    /// Counts how often the slot was used; it may wrap.
    public let generation: UInt32

    /// Creates the id of one use of a slot.
    @inlinable public init(slot: Int32, generation: UInt32) {
        self.slot = slot
        self.generation = generation
    }

    /// Slot and generation in one number, the form in which an Engine.IO session refers to its connections.
    @inlinable public var rawValue: UInt64 { UInt64(generation) << 32 | UInt64(UInt32(bitPattern: slot)) }

    /// Splits what `rawValue` has combined.
    @inlinable public init(rawValue: UInt64) {
        slot = Int32(truncatingIfNeeded: rawValue & 0xFFFF_FFFF)
        generation = UInt32(truncatingIfNeeded: rawValue >> 32)
    }
}
