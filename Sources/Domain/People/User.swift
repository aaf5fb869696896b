import Bytes

/// Somebody who may log in.
public struct User: Hashable, Sendable {
    public let id: Identifier
    public var username: String
    public var email: String
    public var phone: String?
    public var role: Role

    /// Where a `station_staff` works; nil for all others.
    public var stationID: Identifier?

    /// Whether logging in is allowed.
    public var isActive: Bool

    public let createdAt: Timestamp

    /// What crypt(3) made of the password. Never part of an answer.
    public var passwordHash: String

    /// Tokens issued up to this second (the NumericDate of RFC 7519) are no longer valid; 0 where all are.
    public var tokensEndedAt: Int64

    /// No later second is read, so that counting on from it does not overflow.
    private static let tokensEndedAtMax: Int64 = 1 << 40

    /// The event that created the user: what was before it is not notified.
    public let createdSequence: UInt64

    /// The event that gave the user its present role and station: tickets created before it are not notified.
    public var appointedSequence: UInt64

    /// How many tickets had been created by then of those that this office hears of.
    var appointedCount: Int

    /// The last event that changed the user.
    public var sequence: UInt64

    public var contact: Contact { Contact(id: id, username: username, email: email, phone: phone) }

    public var isActiveAdmin: Bool { isActive && role == .admin }
}

/// How to reach a user: what stands in the user's tickets.
public struct Contact: Hashable, Sendable {
    public let id: Identifier
    public let username: String
    public let email: String
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
    }

    /// The members that only records and documents have.
    func writeSecretMembers(into sink: inout some MemberSink) {
        sink.member("password_hash", passwordHash)
        sink.member("tokens_ended_at", tokensEndedAt)
        sink.member("created_sequence", sequence: createdSequence)
        sink.member("appointed_sequence", sequence: appointedSequence)
        sink.member("appointed_count", Int64(appointedCount))
    }

    init(_ reader: MemberReader, sequence: UInt64) throws(DocumentFault) {
        self.init(
            id: try reader.identifier("user_id"), username: try reader.string("username"),
            email: try reader.string("email"), phone: try reader.optionalString("phone"),
            role: try reader.word("role"), stationID: try reader.optionalIdentifier("station_id"),
            isActive: try reader.bool("active"), createdAt: try reader.timestamp("created_at"),
            passwordHash: try reader.string("password_hash"),
            tokensEndedAt: min(try reader.integer("tokens_ended_at"), Self.tokensEndedAtMax),
            createdSequence: try reader.sequence("created_sequence"),
            appointedSequence: try reader.sequence("appointed_sequence"),
            appointedCount: try reader.optionalCount("appointed_count"), sequence: sequence)
    }
}
