import Bytes
import JSON

/// A command of the central server, read but not yet decided by the desk. It is known to be the central server's.
///
///     {"id":"…","type":"ticket.update","data":{"support_id":17,"changes":{"status":"closed"}}}
public struct CentralCommand: Sendable {
    /// What a command asks for.
    enum Task: Sendable {
        case updateTicket(Identifier, TicketPatch)
        case comment(Identifier, CommentDraft)
        case deleteTicket(Identifier)
        case upsertUser(JSONObject, passwordHash: String?)
        case disableUser(email: String)
        case upsertStation(Identifier, JSONObject)
        case disableStation(Identifier)
    }

    /// The identity of the command.
    public let reference: CommandReference

    /// The command's `type`, for example `ticket.update`; `unknown` if it has no usable one.
    public let name: String

    /// What is to be done, or why the command cannot be understood.
    let task: Result<Task, Refusal>

    /// Reads a command. A malformed one is refused when it is decided, so that the sender hears of it.
    ///
    /// - Parameters:
    ///   - json: the command as it was delivered.
    ///   - number: the number of the delivery; it names a command that has no usable `id`.
    ///   - epoch: see `CommandReference`.
    public init(json: [UInt8], number: UInt64, epoch: String) {
        let value = (try? JSONParser.parse(forgiving: json)) ?? .null
        let id = value["id"]?.stringValue.flatMap(Self.usable) ?? "\(Self.usable(epoch) ?? "unnamed")-\(number)"
        reference = CommandReference(id: id, number: number, epoch: epoch)
        name = value["type"]?.stringValue.flatMap(Self.usable) ?? "unknown"
        task = Self.task(name, value)
    }

    /// Creates a command that is refused for `refusal`, whatever it asks for.
    public init(_ reference: CommandReference, name: String, refusal: Refusal) {
        self.reference = reference
        self.name = name
        task = .failure(refusal)
    }

    /// `text` if it can be the `id` or the `type` of a command: 1 to 200 bytes of printable ASCII without spaces.
    public static func usable(_ text: String) -> String? {
        let isPrintable = text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
        return isPrintable && (1...CommandReference.idBytesMax).contains(text.utf8.count) ? text : nil
    }

    private static func task(_ name: String, _ value: JSONValue) -> Result<Task, Refusal> {
        do throws(Refusal) {
            guard value.objectValue != nil else { throw .badRequest("The command is not a JSON object") }
            guard let data = value["data"]?.objectValue else { throw .badRequest("data must be an object") }
            return .success(try task(name, data))
        } catch {
            return .failure(error)
        }
    }

    private static func task(_ name: String, _ data: JSONObject) throws(Refusal) -> Task {
        switch name {
        case "ticket.update":
            var form = Form(data, fields: ["support_id", "changes"])
            let id = form.required("support_id", .integer)
            try form.finish()
            return .updateTicket(id?.identifier ?? 0, try TicketPatch(data["changes"] ?? .null))
        case "ticket.close":
            let (id, rest) = try split(data, "support_id")
            var changes = rest
            guard changes["status"] == nil else { throw .invalid(["property status should not exist"]) }
            changes["status"] = "closed"
            return .updateTicket(id, try TicketPatch(.object(changes)))
        case "ticket.comment":
            let (id, rest) = try split(data, "support_id")
            return .comment(id, try CommentDraft(.object(rest)))
        case "ticket.delete":
            let (id, rest) = try split(data, "support_id")
            try Form(rest, fields: []).finish()
            return .deleteTicket(id)
        case "user.upsert": return try upsertUser(data)
        case "user.disable":
            var form = Form(data, fields: ["email"])
            let email = form.required("email", .email)
            try form.finish()
            return .disableUser(email: email?.stringValue ?? "")
        case "station.upsert":
            let (id, rest) = try split(data, "station_id")
            return .upsertStation(id, rest)
        case "station.disable":
            let (id, rest) = try split(data, "station_id")
            try Form(rest, fields: []).finish()
            return .disableStation(id)
        default: throw .badRequest("There is no command \(name)")
        }
    }

    /// The number of the subject that a command names, and the other members.
    private static func split(_ data: JSONObject, _ member: String) throws(Refusal) -> (Identifier, JSONObject) {
        var rest = data
        var form = Form(data, fields: data.map(\.key))
        let id = form.required(member, .integer)
        try form.finish()
        rest.removeValue(forKey: member)
        return (id?.identifier ?? 0, rest)
    }

    private static func upsertUser(_ data: JSONObject) throws(Refusal) -> Task {
        var body = data
        let hash = body.removeValue(forKey: "password_hash")
        var form = Form(data, fields: UserPatch.fields + ["password_hash"])
        _ = form.required("email", .email)
        if let hash, !hash.isNull, !AcceptedPasswordHash.isAccepted(hash.stringValue ?? "") {
            form.fault("password_hash \(AcceptedPasswordHash.rule)")
        }
        if body["password"] != nil { form.fault("password should not exist: a command carries password_hash") }
        try form.finish()
        return .upsertUser(body, passwordHash: hash?.stringValue)
    }
}

/// The command of the central server whose outcome a record is.
///
/// It is in the record of the change itself, so a command and the memory of it become durable together: a command that
/// is delivered again, even after a crash, is known.
public struct CommandReference: Hashable, Sendable {
    /// The greatest length of an `id` that is accepted, in bytes of printable ASCII.
    public static let idBytesMax = 200

    /// The command's identity.
    public let id: String

    /// The command's number, by which the station asks for later ones; see `epoch`.
    public let number: UInt64

    /// What gives numbers their meaning: the central server's epoch, or the time when a stream was created. May be
    /// empty.
    public let epoch: String

    /// Creates a reference from its parts.
    public init(id: String, number: UInt64, epoch: String) {
        self.id = id
        self.number = number
        self.epoch = epoch
    }

    func writeMembers(into sink: inout some MemberSink) {
        sink.member("id", id)
        sink.member("number", sequence: number)
        sink.member("epoch", epoch)
    }

    init(_ reader: MemberReader) throws(DocumentFault) {
        id = try reader.string("id")
        number = try reader.sequence("number")
        epoch = try reader.string("epoch")
    }
}
