import JSON

/// An Idempotency-Key, with what it was sent for.
public struct IdempotencyKey: Hashable, Sendable {
    /// The greatest length of a key, in bytes.
    public static let lengthMax = 255

    /// What requests for a ticket have as their scope.
    public static let ticketScope = "support"

    /// The key as the client sent it.
    public let key: String

    /// What is created, and in what. The same key in another scope is another key.
    public let scope: String

    /// A text that is different for bodies of different meaning.
    public let digest: String

    /// The digest as earlier versions made it: SHA-256 of the body's bytes in hexadecimal. Not part of records.
    let earlierDigest: String?

    /// Throws `badRequest` if the key is empty, longer than `lengthMax` or not printable ASCII.
    public init(
        key: String, digest: String, earlierDigest: String? = nil, scope: String = ticketScope
    ) throws(Refusal) {
        guard (1...Self.lengthMax).contains(key.utf8.count), key.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
            throw .badRequest("Idempotency-Key must be 1 to \(Self.lengthMax) printable ASCII characters")
        }
        self.init(key: key, scope: scope, digest: digest, earlierDigest: earlierDigest)
    }

    private init(key: String, scope: String, digest: String, earlierDigest: String?) {
        self.key = key
        self.scope = scope
        self.digest = digest
        self.earlierDigest = earlierDigest
    }

    /// The key as records have it.
    var recorded: IdempotencyKey { IdempotencyKey(key: key, scope: scope, digest: digest, earlierDigest: nil) }

    /// Whether it came with the body that has this digest.
    func matches(_ digest: String) -> Bool { digest == self.digest || digest == earlierDigest }

    /// Reads the members of a record or a document.
    init(_ reader: MemberReader) throws(DocumentFault) {
        // Earlier versions honoured keys for tickets only.
        self.init(
            key: try reader.string("key"), scope: try reader.optionalString("scope") ?? Self.ticketScope,
            digest: try reader.string("digest"), earlierDigest: nil)
    }

    func writeMembers(into sink: inout some MemberSink) {
        sink.member("key", key)
        sink.member("scope", scope)
        sink.member("digest", digest)
    }
}

/// The Idempotency-Key that something was created with.
public struct KeyedCreation: Hashable, Sendable {
    /// The key.
    public let key: IdempotencyKey

    /// The number of the first answer.
    let number: Identifier

    /// The numbers of the earlier answers that the event ends.
    let ended: [Identifier]

    init(key: IdempotencyKey, number: Identifier, ended: [Identifier]) {
        self.key = key
        self.number = number
        self.ended = ended
    }

    /// - Parameter ticket: the number of the created ticket, if it is one: records of earlier versions have no other.
    init(_ reader: MemberReader, ticket: Identifier?) throws(DocumentFault) {
        key = try IdempotencyKey(reader)
        if let ticket, reader.value("number") == nil {
            number = ticket
        } else {
            number = try reader.identifier("number")
        }
        ended = try reader.sequences("ended").map { Identifier(clamping: $0) }
    }

    func write(into writer: inout JSONWriter) {
        writer.beginObject()
        key.writeMembers(into: &writer)
        writer.member("number", id: number)
        writer.key("ended")
        writer.beginArray()
        for id in ended { writer.integer(Int64(id)) }
        writer.endArray()
        writer.endObject()
    }
}

/// The answer to a request that has created something.
public struct CreationAnswer: Hashable, Sendable {
    /// The number of what was created.
    public let number: UInt64

    /// The answer's body: a JSON object.
    public let json: [UInt8]

    init(number: UInt64, json: [UInt8]) {
        self.number = number
        self.json = json
    }

    init(_ number: UInt64, _ write: (inout JSONWriter) -> Void) {
        var writer = JSONWriter()
        write(&writer)
        self.init(number: number, json: writer.bytes)
    }
}

extension Event {
    /// The answer to the request for it; nil if it creates nothing.
    public var creation: CreationAnswer? {
        switch change {
        case .ticketCreated(let ticket): CreationAnswer(UInt64(ticket.ticket.id)) { ticket.write(into: &$0) }
        case .ticketCommented(let ticket, _, _, let comment, _):
            CreationAnswer(comment.sequence) { comment.write(ticket: ticket, into: &$0) }
        case .userCreated(let user): CreationAnswer(UInt64(user.id)) { user.write(into: &$0) }
        case .stationCreated(let station): CreationAnswer(UInt64(station.id)) { station.write(into: &$0) }
        case .answerCreated(let answer): CreationAnswer(UInt64(answer.id)) { answer.write(into: &$0) }
        case .fleet(.commandQueued(let command)): CreationAnswer(command.number) { command.writeReceipt(into: &$0) }
        default: nil
        }
    }

    /// The same event with the key of the request for it.
    func with(_ keyed: KeyedCreation) -> Event {
        Event(
            sequence: sequence, at: at, by: by, change: change, command: command, running: running, dropped: dropped,
            keyed: keyed, note: note)
    }
}
