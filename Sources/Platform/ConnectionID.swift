/// A listener of the network that gave it: on Linux its descriptor.
public struct ListenerID: Hashable, Sendable {
    public let rawValue: Int32

    public init(rawValue: Int32) { self.rawValue = rawValue }
}

/// A slot in the table of connections and the number of its use, so that readiness of a closed connection is not taken
/// for that of its successor in the same slot.
public struct ConnectionID: Hashable, Sendable {
    public let slot: Int32
    public let generation: UInt32

    @inlinable public init(slot: Int32, generation: UInt32) {
        self.slot = slot
        self.generation = generation
    }

    /// Slot and generation in one number, as the Engine.IO session knows its connections.
    @inlinable public var rawValue: UInt64 { UInt64(generation) << 32 | UInt64(UInt32(bitPattern: slot)) }

    @inlinable public init(rawValue: UInt64) {
        slot = Int32(truncatingIfNeeded: rawValue & 0xFFFF_FFFF)
        generation = UInt32(truncatingIfNeeded: rawValue >> 32)
    }
}
