import Bytes
import JSON

// inboxes/<user id>.json: user_id, addressed, lost_through, read_through, read [sequence numbers],
// entries [{sequence, at, support_id, kind, commented?, by}], sequence.
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
        if case .userDeleted = event.change { return nil }
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
        case .notificationsRead(_, .through(let sequence)):
            readThrough = max(readThrough, sequence)
            read.removeFirst(read.count(through: readThrough) { $0 })
        case .notificationsRead(_, .ids(let sequences)):
            for sequence in sequences where !isRead(sequence) {
                read.insert(sequence, at: read.count(through: sequence) { $0 })
            }
            if read.count > DeskLimits.readMarksMax { read.removeFirst(read.count - DeskLimits.readMarksMax) }
        case .userDeleted: return false
        default: break
        }
        return true
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
