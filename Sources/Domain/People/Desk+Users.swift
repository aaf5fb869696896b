import Bytes
import JSON

/// Who users are, and whose tokens are valid.
extension Desk {
    /// The user with this number, whoever asks: for the server's own use.
    public func user(_ id: Identifier) -> User? { users[id] }

    /// The user with this address, in whatever case. O(n) in the number of users.
    public func user(withEmail email: String) -> User? {
        users.first { ASCII.equalIgnoringCase($0.email, email) }
    }

    public var userCount: Int { users.count }

    public var stationCount: Int { stations.count }

    /// Every user, by number. Throws `forbidden` unless an admin asks.
    public func users(for caller: Caller) throws(Refusal) -> [User] {
        try Standing(of: caller, at: self).mustBeAdmin()
        var all: [User] = []
        users.forEach { all.append($0) }
        return all
    }

    /// A user. Throws `forbidden` unless an admin asks.
    public func user(_ id: Identifier, for caller: Caller) throws(Refusal) -> User {
        try Standing(of: caller, at: self).mustBeAdmin()
        guard let user = users[id] else { throw .notFound("User not found") }
        return user
    }

    /// The user whose token has the claims `sub` and `iat`. Throws `unauthorized` where there is no such user, where
    /// it is not active, and where a new password or a deactivation has ended the token.
    ///
    /// A second is too coarse to tell a token from before the change and one from after it, so all of that second are
    /// ended.
    public func authenticated(_ id: Identifier, issuedAt: Int64) throws(Refusal) -> User {
        guard let user = users[id], user.isActive, issuedAt > user.tokensEndedAt || user.tokensEndedAt == 0 else {
            throw .unauthorized("Unauthorized")
        }
        return user
    }

    /// The claim `iat` of a token that is made now: one second late where the user's older tokens ended in this second.
    public func issuedAt(for user: User, now: Timestamp) -> Int64 {
        user.tokensEndedAt == 0 ? now.seconds : max(now.seconds, user.tokensEndedAt + 1)
    }

    /// Every station, by number.
    public func stations(for caller: Caller) throws(Refusal) -> [SwapStation] {
        _ = try Standing(of: caller, at: self)
        var all: [SwapStation] = []
        stations.forEach { all.append($0) }
        return all
    }

    public func station(_ id: Identifier, for caller: Caller) throws(Refusal) -> SwapStation {
        _ = try Standing(of: caller, at: self)
        guard let station = stations[id] else { throw .notFound("Station not found") }
        return station
    }

    /// The name to show for who did something; nil where the user is gone.
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

extension SwapStation {
    /// Writes the station as a JSON object.
    public func write(into writer: inout JSONWriter) {
        writer.beginObject()
        writeMembers(into: &writer)
        writer.endObject()
    }
}
