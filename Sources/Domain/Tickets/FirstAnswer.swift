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
        self.init(to: key.key, of: user, snapshot, at: event.at, sequence: event.sequence)
    }

    init(to key: IdempotencyKey, of user: Identifier, _ ticket: TicketSnapshot, at: Timestamp, sequence: UInt64) {
        self.user = user
        self.key = key.key
        digest = key.digest
        self.at = at
        self.ticket = ticket
        documentSequence = sequence
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

extension FirstAnswer {
    /// The memory that it uses, in bytes by a quick estimate: each text, and a round sum for what is around it.
    var footprint: Int { 512 + key.utf8.count + digest.utf8.count + ticket.textBytes }
}

/// The first answers that are kept, by the number of their ticket and by key.
///
/// An answer that has expired, or that there is no room for, is removed by the event of a later ticket with a key,
/// which names the answers that it ends. So state and documents depend on the journal and not on a clock.
struct FirstAnswers: Sendable {
    private(set) var rows = OrderedTable<FirstAnswer>()

    /// The newest ticket of each key.
    private var tickets: [FirstAnswer.Owner: Identifier] = [:]

    private var shares = Shares()
    private var bytesByUser: [Identifier: Int] = [:]

    /// The memory of all answers, in bytes as estimated.
    private(set) var bytes = 0

    /// The answer that `key` of `user` gets; nil if the key is new or has expired.
    ///
    /// - Parameter first: the first event whose answer has not expired.
    func answer(to key: String, of user: Identifier, since first: UInt64) -> FirstAnswer? {
        guard let id = tickets[FirstAnswer.Owner(user: user, key: key)], let answer = rows[id],
            answer.documentSequence >= first
        else { return nil }
        return answer
    }

    /// The tickets whose answers end when `new` comes: some of the oldest that have expired, the key's last, and those
    /// for which there is no room.
    ///
    /// A user who has too many loses its own oldest, so that nobody can end the keys of others. Only where all together
    /// are too many do the users with the most lose theirs.
    func ended(by new: FirstAnswer, since first: UInt64) -> [Identifier] {
        var room = Room(for: new, in: self)
        rows.ascending { answer in
            guard answer.documentSequence < first, room.ended.count < DeskLimits.idempotencyEndedMax else {
                return false
            }
            room.end(answer)
            return true
        }
        if let last = tickets[new.owner].flatMap({ rows[$0] }) { room.end(last) }
        makeRoom(&room, from: new.user) { $0.hasEnoughOfUser }
        if !room.isEnough, let largest = shares.next(besideOneMoreOf: new.user).flatMap({ rows[$0]?.user }) {
            makeRoom(&room, from: largest) { $0.isEnough }
        }
        return room.ended
    }

    /// Ends the oldest answers of a user until there is room.
    private func makeRoom(_ room: inout Room, from user: Identifier, until isEnough: (Room) -> Bool) {
        shares.visit(of: user) { id in
            guard !isEnough(room), room.ended.count < DeskLimits.idempotencyDroppedMax else { return false }
            if let answer = rows[id] { room.end(answer) }
            return true
        }
    }

    /// What there would be with a new answer and without some others.
    private struct Room {
        let user: Identifier
        var userCount: Int
        var userBytes: Int
        var count: Int
        var bytes: Int
        var ended: [Identifier] = []

        init(for new: FirstAnswer, in answers: FirstAnswers) {
            user = new.user
            userCount = answers.shares.count(of: new.user) + 1
            userBytes = answers.bytesByUser[new.user, default: 0] + new.footprint
            count = answers.rows.count + 1
            bytes = answers.bytes + new.footprint
        }

        var hasEnoughOfUser: Bool {
            userCount <= DeskLimits.idempotencyCountPerUserMax && userBytes <= DeskLimits.idempotencyBytesPerUserMax
        }

        var isEnough: Bool { count <= DeskLimits.idempotencyCountMax && bytes <= DeskLimits.idempotencyBytesMax }

        mutating func end(_ answer: FirstAnswer) {
            guard !ended.contains(answer.id) else { return }
            ended.append(answer.id)
            count -= 1
            bytes -= answer.footprint
            guard answer.user == user else { return }
            userCount -= 1
            userBytes -= answer.footprint
        }
    }

    mutating func apply(_ event: Event, id: Identifier) {
        if let place = rows.place(of: id) {
            if !rows[place].apply(event) { remove(id) }
        } else if let answer = FirstAnswer(madeBy: event, id: id) {
            put(answer)
        }
    }

    mutating func put(_ answer: FirstAnswer) {
        remove(answer.id)
        rows.insert(answer)
        tickets[answer.owner] = max(answer.id, tickets[answer.owner] ?? 0)
        shares.insert(answer.id, of: answer.user)
        bytesByUser[answer.user, default: 0] += answer.footprint
        bytes += answer.footprint
    }

    private mutating func remove(_ id: Identifier) {
        guard let answer = rows[id] else { return }
        rows.remove(id)
        if tickets[answer.owner] == id { tickets[answer.owner] = nil }
        shares.remove(id, of: answer.user)
        let left = bytesByUser[answer.user, default: 0] - answer.footprint
        bytesByUser[answer.user] = left > 0 ? left : nil
        bytes -= answer.footprint
    }
}
