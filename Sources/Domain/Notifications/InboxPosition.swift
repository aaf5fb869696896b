/// A place in what a user is notified of: everything up to an event, and how much that was.
///
/// The counts go on where the index of notifications no longer reaches: what was cut from it can still be counted.
public struct InboxPosition: Hashable, Sendable {
    /// Everything up to this event is behind the place.
    public var sequence: UInt64

    /// How many notifications had been addressed to the user alone by then.
    var addressedCount: Int

    /// How many tickets had been created by then of those that the user's office hears of; 0 for drivers.
    var createdCount: Int
}

/// How far the delivery to a user is proven: the user's cursor.
public struct DeliveryMark: Hashable, Sendable {
    public let user: Identifier
    public let through: InboxPosition
}
