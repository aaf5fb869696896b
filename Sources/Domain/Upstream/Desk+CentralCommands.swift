import Bytes
import JSON

/// Commands of the central server: each is handled once, and has an outcome that the central server hears of.
extension Desk {
    /// Decides a command of the central server; nil if it was handled before.
    ///
    /// The outcome is always an event: the change itself, that there was nothing to change, or why it was refused.
    ///
    /// - Parameter mayMakeAdmins: whether a command may make somebody an admin, or change one.
    public func decide(_ command: CentralCommand, mayMakeAdmins: Bool = false, now: Timestamp) -> Event? {
        guard !uplink.has(command.reference) else { return nil }
        do throws(Refusal) {
            let task = try command.task.get()
            if !mayMakeAdmins { try mustNotMakeAdmin(task) }
            switch try decide(try self.command(for: task), by: .central, now: now) {
            case .event(let event): return event.caused(by: command.reference)
            case .unchanged, .repeated: return outcome(.commandUnchanged(name: command.name), of: command, now)
            }
        } catch {
            return refusal(error, of: command, now: now)
        }
    }

    /// The outcome of a refused command: what `decide` returns if the command cannot be done, and what the journal gets
    /// if the change could not be stored.
    public func refusal(_ refusal: Refusal, of command: CentralCommand, now: Timestamp) -> Event {
        outcome(.commandRefused(name: command.name, CommandRefusal(refusal)), of: command, now)
    }

    /// What the journal gets for a command that is not known to be the central server's. It counts as no outcome: the
    /// command that it poses as may still come.
    public func distrust(of id: String, name: String, _ reason: String, now: Timestamp) -> Event {
        let refusal = CommandRefusal(.forbidden(reason), distrusting: id)
        return event(.commandRefused(name: name, refusal), by: .station, now)
    }

    /// Throws `forbidden` if the user of an upsert would be an admin afterwards. That holds for those who are one
    /// already too, since another password is as good as another admin.
    private func mustNotMakeAdmin(_ task: CentralCommand.Task) throws(Refusal) {
        guard case .upsertUser(let body, _) = task else { return }
        let current = body["email"]?.stringValue.flatMap { user(withEmail: $0) }?.role
        let wanted = body["role"].flatMap { $0.isNull ? nil : Role(rawValue: $0.stringValue ?? "") }
        guard wanted ?? current == .admin else { return }
        throw .forbidden(
            "A central server may not make or change an admin of this station: upstream.may_make_admins is false here")
    }

    private func outcome(_ change: Event.Change, of command: CentralCommand, _ now: Timestamp) -> Event {
        event(change, by: .central, now, command: command.reference)
    }

    /// The desk's command for a task, which depends on what is here.
    private func command(for task: CentralCommand.Task) throws(Refusal) -> Command {
        switch task {
        case .updateTicket(let id, let patch): return .updateTicket(id, patch)
        case .comment(let id, let draft): return .addComment(ticket: id, draft)
        case .deleteTicket(let id): return .deleteTicket(id)
        case .upsertUser(let body, let hash):
            if let user = body["email"]?.stringValue.flatMap({ user(withEmail: $0) }) {
                return .updateUser(user.id, try UserPatch(.object(body)), passwordHash: hash)
            }
            guard let hash else {
                throw .invalid(["password_hash must be given for a user that this station does not have"])
            }
            var draft = body
            // The form demands a password; only the hash is stored.
            draft["password"] = "a password hash"
            return .createUser(try UserDraft(.object(draft)), passwordHash: hash)
        case .disableUser(let email):
            guard let user = user(withEmail: email) else { throw .notFound("User not found") }
            var patch = UserPatch()
            patch.isActive = .set(false)
            return .updateUser(user.id, patch, passwordHash: nil)
        case .upsertStation(let id, let body):
            guard stations.contains(id) else { return .createStation(try SwapStationDraft(.object(body)), number: id) }
            return .updateStation(id, try StationPatch(.object(body)))
        case .disableStation(let id):
            var patch = StationPatch()
            patch.status = .set(.inactive)
            return .updateStation(id, patch)
        }
    }

    /// Notes up to which event the central server has stored everything.
    func noteShipped(
        _ through: UInt64, _ remote: String?, _ standing: Standing, _ now: Timestamp
    ) throws(Refusal) -> Decision {
        guard standing.caller == .station else { throw .forbidden("Forbidden resource") }
        guard through <= lastSequence, through != uplink.shippedThrough || remote != uplink.remote else {
            return .unchanged
        }
        return .event(event(.uplinkShipped(through: through, remote: remote), standing, now))
    }
}

/// Why a command was refused, as its outcome tells it.
public struct CommandRefusal: Hashable, Sendable {
    /// The status code that a client would have got.
    public let statusCode: Int

    /// The reason phrase of the status code.
    public let error: String

    /// The message: one sentence, or one for each fault.
    public let sentences: [String]

    /// The identity that the command claims, if it is not known to be the central server's; otherwise nil.
    let distrusted: String?

    init(_ refusal: Refusal, distrusting id: String? = nil) {
        statusCode = refusal.statusCode
        error = refusal.error
        sentences = refusal.sentences
        distrusted = id
    }

    func writeMembers(into writer: inout JSONWriter) {
        if let distrusted { writer.member("distrusted", distrusted) }
        writer.member("statusCode", statusCode)
        writer.member("error", error)
        if sentences.count == 1 {
            writer.member("message", sentences[0])
        } else {
            writer.member("message", .array(sentences.map(JSONValue.string)))
        }
    }

    init(_ reader: MemberReader) throws(DocumentFault) {
        statusCode = Int(clamping: try reader.integer("statusCode"))
        error = try reader.string("error")
        sentences =
            if let sentence = reader.value("message")?.stringValue { [sentence] } else {
                try reader.elements("message").compactMap(\.stringValue)
            }
        distrusted = try reader.optionalString("distrusted")
    }
}

extension Event {
    /// The same event as the outcome of a command.
    fileprivate func caused(by command: CommandReference) -> Event {
        Event(
            sequence: sequence, at: at, by: by, change: change, command: command, running: running, dropped: dropped,
            keyed: keyed)
    }
}
