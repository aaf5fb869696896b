import Bytes
import JSON

// idempotency/<ticket id>.json: support_id, user_id, key, digest, at, ticket {…}, sequence.

/// The first answer to a request with an Idempotency-Key. The same key gets it again even if the ticket has changed or
/// is gone, and if the journal no longer has its record.
struct FirstAnswer: Hashable, DeskDocument, Numbered {
    /// The user of the key.
    let user: Identifier
    let key: String
    let digest: String
    let at: Timestamp
    let ticket: TicketSnapshot
    let documentSequence: UInt64

    var id: Identifier { ticket.ticket.id }

    var owner: Owner { Owner(user: user, key: key) }

    /// A key belongs to its user: the same text from another user is another key.
    struct Owner: Hashable {
        let user: Identifier
        let key: String
    }

    /// When the key may be used again.
    var end: Timestamp { at.advanced(byMilliseconds: DeskLimits.idempotencyMillis) }

    init(_ reader: MemberReader, id: Identifier) throws(DocumentFault) {
        documentSequence = try reader.sequence("sequence")
        user = try reader.identifier("user_id")
        key = try reader.string("key")
        digest = try reader.string("digest")
        at = try reader.timestamp("at")
        ticket = try TicketSnapshot(try reader.reader("ticket"), sequence: documentSequence)
        guard ticket.ticket.id == id else { throw reader.fault("ticket", "must have the number in the file's name") }
    }

    init?(madeBy event: Event, id: Identifier) {
        guard case .ticketCreated(let snapshot, let key?) = event.change, snapshot.ticket.id == id,
            let user = event.by.userID
        else { return nil }
        self.user = user
        self.key = key.key.key
        digest = key.key.digest
        at = event.at
        ticket = snapshot
        documentSequence = event.sequence
    }

    var path: DocumentPath { DocumentPath(.idempotency, id) }

    static func appendPaths(touchedBy event: Event, to paths: inout [DocumentPath]) {
        // The key first: few tickets have one, and the snapshot is large to copy.
        guard case .ticketCreated(_, let key?) = event.change, let snapshot = event.ticket else { return }
        paths.append(DocumentPath(.idempotency, snapshot.ticket.id))
        paths.append(contentsOf: key.ended.map { DocumentPath(.idempotency, $0) })
    }

    /// The first event that touches it after its own is the one that ends it.
    mutating func fold(_ event: Event) -> Bool { false }

    func write(into object: inout JSONObject) {
        object.member("support_id", id: id)
        object.member("user_id", id: user)
        object.member("key", key)
        object.member("digest", digest)
        object.member("at", at)
        object["ticket"] = ticket.json
    }
}

/// The first answers that are kept, by the number of their ticket and by key.
///
/// An expired answer is removed by the event of a later ticket with a key, which names the answers that it ends. So
/// state and documents depend on the journal and not on a clock.
struct FirstAnswers: Sendable {
    private(set) var rows = OrderedTable<FirstAnswer>()

    /// The newest ticket of each key.
    private var tickets: [FirstAnswer.Owner: Identifier] = [:]

    /// The answer that `key` of `user` gets at `now`; nil if the key is new or expired.
    func answer(to key: String, of user: Identifier, now: Timestamp) -> FirstAnswer? {
        guard let id = tickets[FirstAnswer.Owner(user: user, key: key)], let answer = rows[id], answer.end > now
        else { return nil }
        return answer
    }

    /// The tickets whose answers end when `key` is used again at `now`: some of the oldest that have expired, and the
    /// key's last.
    func ended(by key: String, of user: Identifier, now: Timestamp) -> [Identifier] {
        var ended: [Identifier] = []
        rows.ascending { answer in
            guard answer.end <= now, ended.count < DeskLimits.idempotencyEndedMax else { return false }
            ended.append(answer.id)
            return true
        }
        if let last = tickets[FirstAnswer.Owner(user: user, key: key)], !ended.contains(last) { ended.append(last) }
        return ended
    }

    /// The seconds until there is room for another; nil if there is room now.
    func secondsUntilRoom(now: Timestamp) -> Int? {
        guard rows.count >= DeskLimits.idempotencyCountMax, let oldest = rows.first(where: { _ in true }),
            oldest.end > now
        else { return nil }
        return Int(clamping: max(1, oldest.end.seconds - now.seconds))
    }

    mutating func apply(_ event: Event, id: Identifier) {
        if let place = rows.place(of: id) {
            let owner = rows[place].owner
            guard !rows[place].apply(event) else { return }
            rows.remove(id)
            if tickets[owner] == id { tickets[owner] = nil }
        } else if let answer = FirstAnswer(madeBy: event, id: id) {
            put(answer)
        }
    }

    mutating func put(_ answer: FirstAnswer) {
        rows.insert(answer)
        tickets[answer.owner] = max(answer.id, tickets[answer.owner] ?? 0)
    }
}
