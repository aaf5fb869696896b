import Bytes

/// Commands that create, change and delete users.
extension Desk {
    func createUser(
        _ draft: UserDraft, _ hash: String, _ standing: Standing, _ now: Timestamp
    ) throws(Refusal) -> Event {
        try standing.mustBeAdmin()
        try mustFit(role: draft.role, station: draft.stationID)
        try mustBeFree(email: draft.email, for: nil)
        guard users.count < DeskLimits.userCountMax, counters.nextUser <= DeskLimits.identifierMax else {
            throw .insufficientStorage("The station cannot hold more users")
        }
        let user = User(
            id: counters.nextUser, username: draft.username, email: draft.email, phone: draft.phone, role: draft.role,
            stationID: draft.stationID, isActive: draft.isActive, language: draft.language, createdAt: now,
            passwordHash: hash,
            tokensEndedAt: 0, tokenGeneration: 0, endedTokens: [], createdSequence: nextSequence,
            appointedSequence: nextSequence,
            appointedCount: counters.sharedCount(heardBy: draft.role, at: draft.stationID), sequence: nextSequence)
        return event(.userCreated(user), standing, now)
    }

    func updateUser(
        _ id: Identifier, _ patch: UserPatch, _ hash: String?, _ standing: Standing, _ now: Timestamp
    ) throws(Refusal) -> Decision {
        try standing.mustBeAdmin()
        guard let user = users[id] else { throw .notFound("User not found") }
        var next = user
        next.username = patch.username.applied(to: user.username)
        // In another case it is the same address, and one from an earlier version stays as it is.
        if case .set(let email) = patch.email, !ASCII.equalIgnoringCase(email, user.email) {
            try mustBeFree(email: email, for: id)
            next.email = email
        }
        next.phone = patch.phone.applied(to: user.phone)
        next.role = patch.role.applied(to: user.role)
        next.isActive = patch.isActive.applied(to: user.isActive)
        next.language = patch.language.applied(to: user.language)
        // A user who is no longer staff leaves the swap station, unless the patch names one.
        let station = next.role == .stationStaff ? user.stationID : nil
        next.stationID = patch.stationID.applied(to: station)
        if next.role != user.role || patch.stationID.isSet { try mustFit(role: next.role, station: next.stationID) }
        if user.isActiveAdmin && !next.isActiveAdmin { try mustNotBeLastAdmin(id) }
        return conclude(next, hash, since: user, standing, now)
    }

    func changePassword(_ hash: String, _ standing: Standing, _ now: Timestamp) throws(Refusal) -> Decision {
        guard let id = standing.userID, let user = users[id] else {
            throw .forbidden("Only users have a password")
        }
        return conclude(user, hash, since: user, standing, now)
    }

    func changeLanguage(_ language: Language?, _ standing: Standing, _ now: Timestamp) throws(Refusal) -> Decision {
        guard let id = standing.userID, let user = users[id] else {
            throw .forbidden("Only users have a language")
        }
        var next = user
        next.language = language
        return conclude(next, nil, since: user, standing, now)
    }

    /// Ends one token of a user, or all of them.
    func endTokens(
        of id: Identifier, _ token: EndedToken?, _ standing: Standing, _ now: Timestamp
    ) throws(Refusal) -> Decision {
        if standing.userID != id { try standing.mustBeAdmin() }
        guard var user = users[id] else { throw .notFound("User not found") }
        if let token { user.end(token, now: now) } else { user.endTokens(now: now) }
        user.sequence = nextSequence
        return .event(event(.userUpdated(user, changes: []), standing, now))
    }

    func deleteUser(_ id: Identifier, _ standing: Standing, _ now: Timestamp) throws(Refusal) -> Decision {
        try standing.mustBeAdmin()
        guard let user = users[id] else { throw .notFound("User not found") }
        if user.isActiveAdmin { try mustNotBeLastAdmin(id) }
        guard tickets.byUser[id] == nil else {
            throw .conflict("User has support tickets; deactivate the user instead")
        }
        guard tickets.rows.first(where: { $0.assigneeID == id }) == nil else {
            throw .conflict("User is assigned to support tickets; deactivate the user instead")
        }
        return .event(event(.userDeleted(id, username: user.username), standing, now))
    }

    /// Notes the changes and their consequences: a new password and a deactivation end older tokens.
    private func conclude(
        _ user: User, _ hash: String?, since earlier: User, _ standing: Standing, _ now: Timestamp
    ) -> Decision {
        var next = user
        var changes = next.changes(since: earlier)
        if let hash {
            next.passwordHash = hash
            changes.append(FieldChange(.password, from: .none, to: .none))
        }
        guard !changes.isEmpty else { return .unchanged }
        if hash != nil || (earlier.isActive && !next.isActive) { next.endTokens(now: now) }
        if next.role != earlier.role || next.stationID != earlier.stationID {
            next.appointedSequence = nextSequence
            next.appointedCount = counters.sharedCount(heardBy: next.role, at: next.stationID)
        }
        next.sequence = nextSequence
        return .event(event(.userUpdated(next, changes: changes), standing, now))
    }

    private func mustFit(role: Role, station: Identifier?) throws(Refusal) {
        if role == .stationStaff {
            guard station != nil else { throw .invalid(["station_id must be given for the role station_staff"]) }
        } else if station != nil {
            throw .invalid(["station_id must not be given for the role \(role.rawValue)"])
        }
        try mustExist(station: station)
    }

    private func mustBeFree(email: String, for id: Identifier?) throws(Refusal) {
        if ids(withEmail: email).contains(where: { $0 != id }) { throw .conflict("Email already exists") }
    }

    private func mustNotBeLastAdmin(_ id: Identifier) throws(Refusal) {
        guard users.first(where: { $0.isActiveAdmin && $0.id != id }) != nil else {
            throw .conflict("There must be at least one active admin")
        }
    }
}

extension User {
    /// What is different from `earlier`, except the password.
    fileprivate func changes(since earlier: User) -> [FieldChange] {
        var changes: [FieldChange] = []
        changes.noteText(.username, from: earlier.username, to: username)
        changes.noteText(.email, from: earlier.email, to: email)
        changes.noteText(.phone, from: earlier.phone, to: phone)
        changes.noteText(.role, from: earlier.role.rawValue, to: role.rawValue)
        changes.noteNumber(.stationID, from: earlier.stationID, to: stationID)
        changes.noteText(.language, from: earlier.language?.rawValue, to: language?.rawValue)
        changes.note(.active, from: .bool(earlier.isActive), to: .bool(isActive))
        return changes
    }
}
