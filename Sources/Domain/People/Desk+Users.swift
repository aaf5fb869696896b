import Bytes
import JSON

/// Queries for users, and whose tokens are valid.
extension Desk {
    /// The user with this number, without a check of the caller: for the server's own use.
    public func user(_ id: Identifier) -> User? { users[id] }

    /// The user with this address, ignoring case and white space around it. O(n) in the number of users.
    ///
    /// An earlier version may have stored two addresses that differ only in case: each is found as it is written.
    public func user(withEmail email: String) -> User? {
        let email = EmailAddress.trimmed(email)
        let found = ids(withEmail: email)
        return (found.first { users[$0]?.email == email } ?? found.first).flatMap { users[$0] }
    }

    /// The users with this address, ignoring case: one at most, but for what an earlier version let in.
    func ids(withEmail email: String) -> [Identifier] {
        var found: [Identifier] = []
        users.forEach { if ASCII.equalIgnoringCase($0.email, email) { found.append($0.id) } }
        return found
    }

    /// The active user with this telephone number; nil if several have it, since they may not be the same person. O(n)
    /// in the number of users.
    public func user(withPhone phone: PhoneNumber) -> User? {
        var found: [Identifier] = []
        users.forEach { user in
            if user.isActive, let number = user.phone, phone.isWritten(number) { found.append(user.id) }
        }
        return found.count == 1 ? found.first.flatMap { users[$0] } : nil
    }

    /// The number of users.
    public var userCount: Int { users.count }

    /// Every user, by number. Throws `forbidden` unless the caller is an admin.
    public func users(for caller: Caller) throws(Refusal) -> [User] {
        try Standing(of: caller, at: self).mustBeAdmin()
        var all: [User] = []
        users.forEach { all.append($0) }
        return all
    }

    /// Users by number, from `start` on: at most `countMax`. Throws `forbidden` unless the caller is an admin.
    public func users(
        from start: Identifier, countMax: Int, for caller: Caller
    ) throws(Refusal) -> [User] {
        try Standing(of: caller, at: self).mustBeAdmin()
        var page: [User] = []
        users.ascending(from: start) { user in
            page.append(user)
            return page.count < countMax
        }
        return page
    }

    /// A user. Throws `forbidden` unless the caller is an admin, `notFound` if there is no such user.
    public func user(_ id: Identifier, for caller: Caller) throws(Refusal) -> User {
        try Standing(of: caller, at: self).mustBeAdmin()
        guard let user = users[id] else { throw .notFound("User not found") }
        return user
    }

    /// The user whose token it is, if the token is still good. Throws `unauthorized` if there is no such user, if the
    /// user is not active, or if the token has been ended.
    public func authenticated(_ id: Identifier, _ token: TokenStanding) throws(Refusal) -> User {
        guard let user = users[id] else { throw .unauthorized("Unauthorized: the token's user does not exist") }
        guard user.isActive else { throw .unauthorized("Unauthorized: the token's user is not active") }
        guard user.accepts(token) else { throw .unauthorized("Unauthorized: the token has been ended") }
        return user
    }

    /// The name to show for an author; nil if the user is gone.
    func name(of caller: Caller) -> String? {
        if let id = caller.userID { return users[id]?.username }
        return caller.word
    }
}

extension User {
    /// Writes the user as a JSON object, without anything secret.
    public func write(into writer: inout JSONWriter) {
        writer.beginObject()
        writeMembers(into: &writer)
        writer.endObject()
    }
}
