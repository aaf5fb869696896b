/// A place in what a user is notified of: everything up to an event, and how much that was.
///
/// The counts reach further back than the index of notifications: what was cut from the index can still be counted.
public struct InboxPosition: Hashable, Sendable {
    /// Everything up to this event is before the place.
    public var sequence: UInt64

    /// How many notifications had been addressed to the user alone by then.
    var addressedCount: Int

    /// How many tickets had been created by then, and how many comments written, that the user's office hears of; 0 for
    /// drivers.
    var sharedCount: Int

    /// Moves past `entry`, which must be the next.
    public mutating func pass(_ entry: IndexedNotification) {
        sequence = entry.sequence
        if entry.isShared { sharedCount += 1 } else { addressedCount += 1 }
    }
}

/// How far the delivery to a user is proven: the user's cursor.
public struct DeliveryMark: Hashable, Sendable {
    /// The user that was delivered to.
    public let user: Identifier

    /// The user has provably received everything before this place.
    public let through: InboxPosition

    /// The cursor before, if something that is addressed to the user alone was received since; nil otherwise.
    var newsAfter: UInt64?
}

extension DeliveryMark {
    func writeMembers(into sink: inout some MemberSink) {
        sink.member("user_id", id: user)
        sink.member("through", sequence: through.sequence)
        sink.member("addressed", Int64(through.addressedCount))
        sink.member("created", Int64(through.sharedCount))
        if let newsAfter { sink.member("news_after", sequence: newsAfter) }
    }

    init(_ reader: MemberReader) throws(DocumentFault) {
        self.init(
            user: try reader.identifier("user_id"),
            through: InboxPosition(
                sequence: try reader.sequence("through"),
                addressedCount: try reader.count("addressed"), sharedCount: try reader.count("created")),
            newsAfter: try reader.optionalSequence("news_after"))
    }
}
