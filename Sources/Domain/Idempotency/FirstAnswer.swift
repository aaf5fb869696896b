import Bytes
import JSON

// idempotency/<number>.json: number, user_id, key, scope, digest, at, created (the number of what was created), answer
// (JSON as a text), sequence. Earlier versions had support_id, user_id, key, digest, at, ticket {…}, sequence.

/// The first answer to a request with an Idempotency-Key. The same key gets it again even if what was created has
/// changed since or is gone, and if the journal no longer has its record.
struct FirstAnswer: Hashable, DeskDocument, Numbered {
    /// Rises with every answer, and is no lower than the number of any ticket before it.
    let id: Identifier

    /// The user of the key.
    let user: Identifier
    let key: IdempotencyKey
    let at: Timestamp
    let answer: CreationAnswer
    let documentSequence: UInt64

    var owner: Owner { Owner(user: user, key: key) }

    /// A key belongs to its user and its scope: the same text from another user, or for something else, is another key.
    struct Owner: Hashable {
        let user: Identifier
        let scope: String
        let key: String

        init(user: Identifier, key: IdempotencyKey) {
            self.user = user
            scope = key.scope
            self.key = key.key
        }
    }

    init(_ reader: MemberReader, id: Identifier) throws(DocumentFault) {
        documentSequence = try reader.sequence("sequence")
        user = try reader.identifier("user_id")
        key = try IdempotencyKey(reader)
        at = try reader.timestamp("at")
        if reader.value("answer") == nil {
            let ticket = try TicketSnapshot(try reader.reader("ticket"), sequence: documentSequence)
            self.id = ticket.ticket.id
            answer = CreationAnswer(UInt64(ticket.ticket.id)) { ticket.write(into: &$0) }
        } else {
            self.id = try reader.identifier("number")
            answer = CreationAnswer(
                number: try reader.sequence("created"), json: Array(try reader.string("answer").utf8))
        }
        guard self.id == id else { throw reader.fault("number", "must be the number in the file's name") }
    }

    init?(madeBy event: Event, id: Identifier) {
        guard let keyed = event.keyed, keyed.number == id, let user = event.by.userID,
            let answer = event.creation
        else { return nil }
        self.init(
            id: id, user: user, key: keyed.key, at: event.at, answer: answer, documentSequence: event.sequence)
    }

    init(
        id: Identifier, user: Identifier, key: IdempotencyKey, at: Timestamp, answer: CreationAnswer,
        documentSequence: UInt64
    ) {
        self.id = id
        self.user = user
        self.key = key
        self.at = at
        self.answer = answer
        self.documentSequence = documentSequence
    }

    var path: DocumentPath { DocumentPath(.idempotency, id) }

    static func appendPaths(touchedBy event: Event, to paths: inout [DocumentPath]) {
        guard let keyed = event.keyed else { return }
        paths.append(DocumentPath(.idempotency, keyed.number))
        paths.append(contentsOf: keyed.ended.map { DocumentPath(.idempotency, $0) })
    }

    /// The first event that touches it after its own is the one that ends it.
    mutating func fold(_ event: Event) -> Bool { false }

    func write(into object: inout JSONObject) {
        object.member("number", id: id)
        object.member("user_id", id: user)
        key.writeMembers(into: &object)
        object.member("at", at)
        object.member("created", sequence: answer.number)
        object.member("answer", String(decoding: answer.json, as: UTF8.self))
    }
}

extension FirstAnswer {
    /// The memory that it uses, in bytes by a quick estimate: each text, and a round sum for what is around it.
    var footprint: Int {
        256 + key.key.utf8.count + key.scope.utf8.count + key.digest.utf8.count + answer.json.count
    }
}

extension Desk {
    /// The first answer to a key of the caller, as `decide` finds it.
    public func firstAnswer(to key: IdempotencyKey?, by caller: Caller) throws(Refusal) -> CreationAnswer? {
        key == nil ? nil : try firstAnswer(to: key, try Standing(of: caller, at: self))
    }

    /// The first answer to a key that was used before; nil if the key is new or has expired. Throws `unprocessable` if
    /// it was used with another body.
    ///
    /// Only users have keys; the commands of a central server have numbers of their own.
    func firstAnswer(to key: IdempotencyKey?, _ standing: Standing) throws(Refusal) -> CreationAnswer? {
        guard let key, let user = standing.userID,
            let first = firstAnswers.answer(to: key, of: user, since: firstKeptAnswer)
        else { return nil }
        guard key.matches(first.key.digest) else {
            throw .unprocessable("Idempotency-Key was already used with another body")
        }
        return first.answer
    }

    /// An event that creates something, with the key of its request and the earlier answers that end with it.
    func event(_ event: Event, with key: IdempotencyKey, _ standing: Standing) throws(Refusal) -> Event {
        guard let user = standing.userID, let answer = event.creation else { return event }
        let number = max(counters.nextTicket, firstAnswers.rows.end)
        guard number <= DeskLimits.identifierMax else {
            throw .insufficientStorage("The station cannot hold more Idempotency-Keys")
        }
        let first = FirstAnswer(
            id: number, user: user, key: key.recorded, at: event.at, answer: answer,
            documentSequence: event.sequence)
        let ended = firstAnswers.ended(by: first, since: firstKeptAnswer)
        return event.with(KeyedCreation(key: first.key, number: number, ended: ended))
    }

    /// The first event whose answer stands for its Idempotency-Key.
    private var firstKeptAnswer: UInt64 {
        runningTime.firstEvent(notOlderThan: DeskLimits.idempotencyMillis, at: running)
    }
}

/// The first answers that are kept, by number and by key.
///
/// An answer that has expired, or that there is no room for, is removed by the event of a later creation with a key,
/// which names the answers that it ends. So state and documents depend on the journal and not on a clock.
struct FirstAnswers: Sendable {
    private(set) var rows = OrderedTable<FirstAnswer>()

    /// The newest answer of each key.
    private var numbers: [FirstAnswer.Owner: Identifier] = [:]

    private var shares = Shares()
    private var bytesByUser: [Identifier: Int] = [:]

    /// The memory of all answers, in bytes as estimated.
    private(set) var bytes = 0

    /// The answer that `key` of `user` gets; nil if the key is new or has expired.
    ///
    /// - Parameter first: the first event whose answer has not expired.
    func answer(to key: IdempotencyKey, of user: Identifier, since first: UInt64) -> FirstAnswer? {
        guard let id = numbers[FirstAnswer.Owner(user: user, key: key)], let answer = rows[id],
            answer.documentSequence >= first
        else { return nil }
        return answer
    }

    /// The answers that end when `new` comes: some of the oldest that have expired, the key's last, and those
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
        if let last = numbers[new.owner].flatMap({ rows[$0] }) { room.end(last) }
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
        numbers[answer.owner] = max(answer.id, numbers[answer.owner] ?? 0)
        shares.insert(answer.id, of: answer.user)
        bytesByUser[answer.user, default: 0] += answer.footprint
        bytes += answer.footprint
    }

    private mutating func remove(_ id: Identifier) {
        guard let answer = rows[id] else { return }
        rows.remove(id)
        if numbers[answer.owner] == id { numbers[answer.owner] = nil }
        shares.remove(id, of: answer.user)
        let left = bytesByUser[answer.user, default: 0] - answer.footprint
        bytesByUser[answer.user] = left > 0 ? left : nil
        bytes -= answer.footprint
    }
}
