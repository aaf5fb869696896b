import Bytes
import JSON

// inboxes/<user id>.json: user_id, addressed, lost_through, read_through, read [sequence numbers],
// entries [{sequence, at, support_id, kind, commented?, by, received_at?, read_at?}], sequence.
//
// A comment has the kind `updated` and `commented: true`: so earlier versions can read the inbox.

/// The index of the notifications that were addressed to one user, and what the user has read of these and of the feed.
struct Inbox: Hashable, DeskDocument {
    struct Entry: Hashable, Sendable {
        let sequence: UInt64
        let at: Timestamp
        let ticket: Identifier
        let kind: Notification.Kind

        /// The user who caused it, or `Shares.nobody`.
        let author: Identifier

        /// When it was provably received, and when the user marked it as read.
        fileprivate(set) var received = Delay()
        fileprivate(set) var read = Delay()

        var receivedAt: Timestamp? { received.time(after: at) }
        var readAt: Timestamp? { read.time(after: at) }
    }

    /// How long after its event something happened to a notification, in milliseconds up to 49 days; small, because
    /// there are many.
    struct Delay: Hashable, Sendable {
        private var millis = UInt32.max

        init() {}

        init(from start: Timestamp, to end: Timestamp) {
            millis = UInt32(clamping: min(max(0, end.milliseconds - start.milliseconds), Int64(UInt32.max) - 1))
        }

        var isKnown: Bool { millis < .max }

        func time(after start: Timestamp) -> Timestamp? {
            isKnown ? start.advanced(byMilliseconds: Int64(millis)) : nil
        }
    }

    let user: Identifier

    /// At most `DeskLimits.notificationCountMax`, by rising sequence.
    private(set) var entries: [Entry] = []

    /// How many there ever were, including those that are no longer here.
    private(set) var addressedCount = 0

    /// The last event whose entry was dropped because there were too many; 0 if none was.
    private(set) var lostThrough: UInt64 = 0

    /// Everything up to this event is read.
    private(set) var readThrough: UInt64 = 0

    /// Later events that are read too, rising; at most `DeskLimits.readMarksMax`.
    private(set) var read: [UInt64] = []

    private(set) var documentSequence: UInt64 = 0

    init(user: Identifier) { self.user = user }

    init(_ reader: MemberReader, id: Identifier) throws(DocumentFault) {
        user = try reader.identifier("user_id")
        guard user == id else { throw reader.fault("user_id", "must be the number in the file's name") }
        for entry in try reader.readers("entries") {
            entries.append(
                Entry(
                    sequence: try entry.sequence("sequence"), at: try entry.timestamp("at"),
                    ticket: try entry.identifier("support_id"),
                    kind: try Self.kind(entry),
                    author: try entry.optionalIdentifier("by") ?? Shares.nobody))
            let place = entries.count - 1
            let (at, received) = (entries[place].at, try entry.optionalTimestamp("received_at"))
            if let received { entries[place].received = Delay(from: at, to: received) }
            if let read = try entry.optionalTimestamp("read_at") { entries[place].read = Delay(from: at, to: read) }
        }
        guard entries.rises(by: \.sequence) else { throw reader.fault("entries", "must rise by sequence") }
        addressedCount = max(entries.count, try reader.optionalCount("addressed"))
        // Earlier versions dropped the oldest, and did not say which.
        let before = addressedCount > entries.count ? entries.first.map { max($0.sequence, 1) - 1 } : nil
        lostThrough = max(try reader.optionalSequence("lost_through") ?? 0, before ?? 0)
        readThrough = try reader.sequence("read_through")
        read = try reader.sequences("read")
        guard read.rises(by: { $0 }) else { throw reader.fault("read", "must rise") }
        documentSequence = try reader.sequence("sequence")
    }

    private static func kind(_ entry: MemberReader) throws(DocumentFault) -> Notification.Kind {
        if entry.value("commented")?.boolValue == true { return .commented }
        return entry.value("kind") == nil ? .updated : try entry.word("kind")
    }

    init?(madeBy event: Event, id: Identifier) {
        switch event.change {
        case .userDeleted, .notificationsDelivered: return nil
        default: break
        }
        self.init(user: id)
        _ = fold(event)
    }

    var path: DocumentPath { DocumentPath(.inboxes, user) }

    static func appendPaths(touchedBy event: Event, to paths: inout [DocumentPath]) {
        // One case each: a pattern shared by several copies the whole snapshot.
        switch event.change {
        case .ticketUpdated(let snapshot, _): paths.append(DocumentPath(.inboxes, snapshot.ticket.userID))
        case .ticketDeleted(let snapshot): paths.append(DocumentPath(.inboxes, snapshot.ticket.userID))
        case .ticketCommented(_, let user, _, _, let news?) where news.number == nil:
            paths.append(DocumentPath(.inboxes, user))
        case .notificationsDelivered(let marks):
            for mark in marks where mark.newsAfter != nil { paths.append(DocumentPath(.inboxes, mark.user)) }
        case .notificationsRead(let user, _), .userDeleted(let user, _): paths.append(DocumentPath(.inboxes, user))
        default: break
        }
    }

    func isRead(_ sequence: UInt64) -> Bool {
        if sequence <= readThrough { return true }
        let place = read.count(through: sequence) { $0 }
        return place > 0 && read[place - 1] == sequence
    }

    mutating func fold(_ event: Event) -> Bool {
        documentSequence = event.sequence
        switch event.change {
        case .ticketUpdated, .ticketDeleted, .ticketCommented:
            guard let kind = Notification.Kind(of: event.change), let ticket = event.ticket?.ticket.id else { break }
            entries.append(
                Entry(
                    sequence: event.sequence, at: event.at, ticket: ticket, kind: kind,
                    author: event.by.userID ?? Shares.nobody))
            addressedCount += 1
            if entries.count > DeskLimits.notificationCountMax { dropOne() }
        case .notificationsDelivered(let marks):
            for mark in marks where mark.user == user {
                guard let after = mark.newsAfter else { continue }
                note(event.at, \.received, after: after, through: mark.through.sequence)
            }
        case .notificationsRead(_, .through(let sequence)):
            note(event.at, \.read, after: readThrough, through: sequence)
            readThrough = max(readThrough, sequence)
            read.removeFirst(read.count(through: readThrough) { $0 })
        case .notificationsRead(_, .ids(let sequences)):
            for sequence in sequences where !isRead(sequence) {
                note(event.at, \.read, after: sequence - 1, through: sequence)
                read.insert(sequence, at: read.count(through: sequence) { $0 })
            }
            if read.count > DeskLimits.readMarksMax { read.removeFirst(read.count - DeskLimits.readMarksMax) }
        case .userDeleted: return false
        default: break
        }
        return true
    }

    /// Notes when something happened to the entries of these events, unless it had happened before.
    private mutating func note(
        _ time: Timestamp, _ delay: WritableKeyPath<Entry, Delay>, after first: UInt64, through last: UInt64
    ) {
        let start = entries.count(through: first, by: \.sequence)
        let end = entries.count(through: last, by: \.sequence)
        guard start < end else { return }
        for place in start..<end where !entries[place][keyPath: delay].isKnown {
            entries[place][keyPath: delay] = Delay(from: entries[place].at, to: time)
        }
    }

    /// Whether it has entries of these events.
    func hasEntries(after first: UInt64, through last: UInt64) -> Bool {
        entries.count(through: last, by: \.sequence) > entries.count(through: first, by: \.sequence)
    }

    /// Drops the oldest entry of the author who has caused the most; of several, the one with the oldest. O(n).
    private mutating func dropOne() {
        var counts: [Identifier: Int] = [:]
        // Authors mostly come in rows.
        var (last, row) = (entries[0].author, 0)
        for entry in entries {
            if entry.author != last {
                counts[last, default: 0] += row
                (last, row) = (entry.author, 0)
            }
            row += 1
        }
        counts[last, default: 0] += row
        let most = counts.values.max() ?? 0
        guard let place = entries.firstIndex(where: { counts[$0.author] == most }) else { return }
        lostThrough = max(lostThrough, entries.remove(at: place).sequence)
    }

    func write(into object: inout JSONObject) {
        object.member("user_id", id: user)
        object.member("addressed", Int64(addressedCount))
        object.member("lost_through", sequence: lostThrough)
        object.member("read_through", sequence: readThrough)
        object["read"] = .array(read.map { JSONValue($0) })
        object["entries"] = .array(
            entries.map { entry in
                var object = JSONObject()
                object.member("sequence", sequence: entry.sequence)
                object.member("at", entry.at)
                object.member("support_id", id: entry.ticket)
                let isComment = entry.kind == .commented
                object.member("kind", isComment ? Notification.Kind.updated.rawValue : entry.kind.rawValue)
                if isComment { object.member("commented", true) }
                object.member("by", id: entry.author == Shares.nobody ? nil : entry.author)
                if let time = entry.receivedAt { object.member("received_at", time) }
                if let time = entry.readAt { object.member("read_at", time) }
                return .object(object)
            })
    }
}

/// The inboxes of all users who have one.
struct Inboxes: Sendable {
    private var byUser: [Identifier: Inbox] = [:]

    subscript(user: Identifier) -> Inbox? { byUser[user] }

    /// Folds an event into the inbox of `user`, makes it or ends it.
    mutating func apply(_ event: Event, user: Identifier) {
        if byUser[user] == nil {
            byUser[user] = Inbox(madeBy: event, id: user)
        } else if byUser[user]?.apply(event) == false {
            byUser[user] = nil
        }
    }

    mutating func put(_ inbox: Inbox) { byUser[inbox.user] = inbox }

    /// Visits every inbox by rising user.
    func forEach(_ visit: (Inbox) -> Void) {
        for (_, inbox) in byUser.sorted(by: { $0.key < $1.key }) { visit(inbox) }
    }
}
