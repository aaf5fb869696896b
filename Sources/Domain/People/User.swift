import Bytes
import JSON

/// A person who may log in.
public struct User: Hashable, Sendable {
    /// The user's number.
    public let id: Identifier

    /// The name that others see; not unique.
    public var username: String

    /// The address that the user logs in with; unique, ignoring case.
    public var email: String

    /// The telephone number; nil if unknown.
    public var phone: String?

    /// What the user may do.
    public var role: Role

    /// The swap station where staff work; nil for all other roles.
    public var stationID: Identifier?

    /// Whether the user may log in.
    public var isActive: Bool

    /// The language that the user is written to in; nil for the contract's English.
    public var language: Language?

    /// When the user was created.
    public let createdAt: Timestamp

    /// The hash that crypt(3) made of the password. Never part of an answer.
    public var passwordHash: String

    /// Tokens issued up to this second (the NumericDate of RFC 7519) are no longer valid; 0 if all are valid.
    public var tokensEndedAt: Int64

    /// Tokens that name another generation are no longer valid. It is raised by whatever ends all tokens of the user.
    public var tokenGeneration: Int64

    /// The tokens that were ended one by one.
    public var endedTokens: [EndedToken]

    /// Later seconds are cut to this when read, so that counting on does not overflow.
    private static let tokensEndedAtMax: Int64 = 1 << 40

    /// The event that created the user, who is not notified of anything before it.
    public let createdSequence: UInt64

    /// The event that gave the user the present role and swap station. The user is not notified of what its
    /// office was told before it.
    public var appointedSequence: UInt64

    /// How many tickets had been created by then, and how many comments written, that this office hears of.
    var appointedCount: Int

    /// The last event that changed the user.
    public var sequence: UInt64

    /// How to reach the user.
    public var contact: Contact { Contact(id: id, username: username, email: email, phone: phone) }

    /// Whether the user is an admin who may log in.
    public var isActiveAdmin: Bool { isActive && role == .admin }
}

/// The role of a user: what the user may do. See `Standing` for the table.
public enum Role: String, CaseIterable, Sendable {
    case driver
    case stationStaff = "station_staff"
    case admin
}

/// How to reach a user: the part of the user that is in tickets.
public struct Contact: Hashable, Sendable {
    /// The user's number.
    public let id: Identifier

    /// The user's name.
    public let username: String

    /// The user's address.
    public let email: String

    /// The user's telephone number; nil if unknown.
    public let phone: String?

    func writeMembers(into sink: inout some MemberSink) {
        sink.member("user_id", id: id)
        sink.member("username", username)
        sink.member("email", email)
        sink.member("phone", phone)
    }

    init(id: Identifier, username: String, email: String, phone: String?) {
        self.id = id
        self.username = username
        self.email = email
        self.phone = phone
    }

    init(_ reader: MemberReader) throws(DocumentFault) {
        self.init(
            id: try reader.identifier("user_id"), username: try reader.string("username"),
            email: try reader.string("email"), phone: try reader.optionalString("phone"))
    }
}

extension User {
    /// The members that answers have.
    func writeMembers(into sink: inout some MemberSink) {
        contact.writeMembers(into: &sink)
        sink.member("role", role.rawValue)
        sink.member("station_id", id: stationID)
        sink.member("active", isActive)
        sink.member("created_at", createdAt)
        sink.member("language", language?.rawValue)
    }

    /// The members that only records and documents have.
    func writeSecretMembers(into sink: inout some MemberSink) {
        sink.member("password_hash", passwordHash)
        sink.member("tokens_ended_at", tokensEndedAt)
        sink.member("token_generation", tokenGeneration)
        if !endedTokens.isEmpty { sink.member("ended_tokens", endedTokens.map(\.text).joined(separator: " ")) }
        sink.member("created_sequence", sequence: createdSequence)
        sink.member("appointed_sequence", sequence: appointedSequence)
        sink.member("appointed_count", Int64(appointedCount))
    }

    init(_ reader: MemberReader, sequence: UInt64) throws(DocumentFault) {
        self.init(
            id: try reader.identifier("user_id"), username: try reader.string("username"),
            email: try reader.string("email"), phone: try reader.optionalString("phone"),
            role: try reader.word("role"), stationID: try reader.optionalIdentifier("station_id"),
            isActive: try reader.bool("active"), language: try reader.language("language"),
            createdAt: try reader.timestamp("created_at"),
            passwordHash: try reader.string("password_hash"),
            tokensEndedAt: min(try reader.integer("tokens_ended_at"), Self.tokensEndedAtMax),
            tokenGeneration: reader.value("token_generation") == nil ? 0 : try reader.integer("token_generation"),
            endedTokens: EndedToken.read(try reader.optionalString("ended_tokens")),
            createdSequence: try reader.sequence("created_sequence"),
            appointedSequence: try reader.sequence("appointed_sequence"),
            appointedCount: try reader.optionalCount("appointed_count"), sequence: sequence)
    }
}

// users/<id>.json: the members of an answer, then password_hash, tokens_ended_at, token_generation, ended_tokens (only
// if there are any), created_sequence, appointed_sequence, appointed_count and sequence.

extension User: DeskDocument {
    init(_ reader: MemberReader, id: Identifier) throws(DocumentFault) {
        try self.init(reader, sequence: try reader.sequence("sequence"))
        guard self.id == id else { throw reader.fault("user_id", "must be the number in the file's name") }
    }

    init?(madeBy event: Event, id: Identifier) {
        switch event.change {
        case .userCreated(let user), .userUpdated(let user, _): self = user
        default: return nil
        }
    }

    var path: DocumentPath { DocumentPath(.users, id) }

    static func appendPaths(touchedBy event: Event, to paths: inout [DocumentPath]) {
        switch event.change {
        case .userCreated(let user), .userUpdated(let user, _): paths.append(DocumentPath(.users, user.id))
        case .userDeleted(let id, _): paths.append(DocumentPath(.users, id))
        default: break
        }
    }

    var documentSequence: UInt64 { sequence }

    mutating func fold(_ event: Event) -> Bool {
        switch event.change {
        case .userCreated(let user), .userUpdated(let user, _): self = user
        case .userDeleted: return false
        default: break
        }
        return true
    }

    func write(into object: inout JSONObject) {
        writeMembers(into: &object)
        writeSecretMembers(into: &object)
    }
}
