import Bytes
import JSON
import Store

/// An event of a member's journal as it reached the central server: a CloudEvent 1.0.
///
/// The envelope must be right; otherwise nobody could tell where in the member's history the event belongs. The data
/// need not be understood: a station that is newer, or that sends something broken, must not be stuck at one event for
/// ever.
public struct FleetEvent: Hashable, Sendable {
    /// What the event means here.
    enum Content: Hashable, Sendable {
        /// A change of a ticket.
        indirect case ticket(Event)
        /// A ticket as it is, in a pass of snapshots that began at the member's event `mark`.
        case snapshot(mark: UInt64, TicketSnapshot, thread: Ticket)
        /// The end of such a pass: the history of a span is missing.
        case missing(MissingSpan)
        /// An event that does not change tickets: another type, perhaps of a later version.
        case other
        /// The type is known, but the data is not what it should be.
        case notUnderstood(String)
    }

    /// The member that reported it.
    public let station: Identifier

    /// The event as it came, including unknown members.
    public let cloudEvent: JSONValue
    let id: String
    let epoch: String
    let sequence: UInt64
    /// The sequence of the event shipped before; 0 if there was none.
    let previous: UInt64
    /// The `type` of the CloudEvent.
    public let type: String
    let at: Timestamp
    let content: Content
    /// The outcome of a command, if the event is one.
    let outcome: FleetOutcome?
    /// At the end of a pass: which commands the station has handled, though their outcomes may be missing.
    let progress: FleetProgress?

    /// Reads an event of `station`. Throws if a member of its envelope is missing or not what it should be.
    public init(_ value: JSONValue, station: Identifier) throws(DocumentFault) {
        let reader = try MemberReader(value)
        self.station = station
        cloudEvent = value
        guard try reader.string("specversion") == "1.0" else { throw reader.fault("specversion", "must be \"1.0\"") }
        type = try reader.string("type")
        guard (1...FleetLimits.nameBytesMax).contains(type.utf8.count) else {
            throw reader.fault("type", "must be 1 to \(FleetLimits.nameBytesMax) bytes")
        }
        guard try reader.string("source") == "/stations/\(station)" else {
            throw reader.fault("source", "must be \"/stations/\(station)\"")
        }
        at = try reader.timestamp("time")
        sequence = try reader.paddedSequence("sequence")
        previous = try reader.paddedSequence("previous")
        id = try reader.string("id")
        guard let epoch = Self.epoch(ofID: id, sequence) else {
            throw reader.fault("id", "must be the epoch, \"-\" and the number in sequence")
        }
        self.epoch = epoch
        (content, outcome) = Self.meaning(reader, type: type, sequence: sequence, at: at)
        progress = Self.progress(reader, type: type)
        // A snapshot may be of the state in which the member's history begins anew.
        guard sequence > previous || (isSnapshot && sequence == previous) else {
            throw reader.fault("sequence", "must be above previous")
        }
    }

    var isComment: Bool {
        if case .ticket(let event) = content, case .ticketCommented = event.change { true } else { false }
    }

    /// Whether it changes tickets or says what is missing of them. All others are kept, and mean nothing here.
    public var isMeaningful: Bool {
        switch content {
        case .ticket, .snapshot, .missing: true
        case .other, .notUnderstood: false
        }
    }

    var isSnapshot: Bool { type == Self.snapshotType }

    /// Whether it ends a pass of snapshots.
    var endsPass: Bool { type == Self.endOfPassType }

    private static let snapshotType = "support.ticket.snapshot"
    private static let endOfPassType = "support.history.missing"

    /// The epoch in `<epoch>-<sequence>`, after which the events of a pass have a dot and something more.
    private static func epoch(ofID id: String, _ sequence: UInt64) -> String? {
        let bytes = id.utf8
        guard bytes.count <= FleetLimits.nameBytesMax, let hyphen = bytes.lastIndex(of: UInt8(ascii: "-")) else {
            return nil
        }
        let digits = bytes[bytes.index(after: hyphen)...].prefix { $0 != UInt8(ascii: ".") }
        let epoch = String(id[..<hyphen])
        guard Decimal.parse(digits) == sequence, StationFile.isValid(epoch: epoch) else { return nil }
        return epoch
    }

    // MARK: What it means

    private static func meaning(
        _ reader: MemberReader, type: String, sequence: UInt64, at: Timestamp
    ) -> (Content, FleetOutcome?) {
        let isOmitted = reader.value(omission)?.boolValue == true
        guard type.hasPrefix("support."), let data = reader.value("data")?.objectValue else {
            let problem = isOmitted ? "the event is too large for a record" : "data must be an object"
            return (isTicketType(type) ? .notUnderstood(problem) : .other, nil)
        }
        let members = MemberReader(data, prefix: "data.")
        // A command has its outcome even if the event that tells of it is not understood.
        var outcome: FleetOutcome?
        do throws(DocumentFault) {
            outcome = type == endOfPassType ? nil : try FleetOutcome(members, type: type)
            if isOmitted, isTicketType(type) { throw reader.fault("", "the event is too large for a record") }
            return (try content(members, type: type, sequence: sequence, at: at), outcome)
        } catch {
            return (.notUnderstood(error.description), outcome)
        }
    }

    private static func progress(_ reader: MemberReader, type: String) -> FleetProgress? {
        type == endOfPassType ? FleetProgress(reader.value("data")?["command"]) : nil
    }

    private static func isTicketType(_ type: String) -> Bool {
        switch type {
        case "support.ticket.created", "support.ticket.updated", "support.ticket.escalated", "support.ticket.deleted",
            "support.ticket.commented", snapshotType, endOfPassType:
            true
        default: false
        }
    }

    private static func content(
        _ data: MemberReader, type: String, sequence: UInt64, at: Timestamp
    ) throws(DocumentFault) -> Content {
        guard isTicketType(type) else { return .other }
        switch type {
        case snapshotType:
            let ticket = try data.reader("ticket")
            let thread = try Ticket(document: ticket)
            let snapshot = try TicketSnapshot(ticket, sequence: thread.sequence)
            try snapshot.mustBeShort(in: ticket)
            try thread.threadMustBeShort(in: ticket)
            return .snapshot(mark: try data.sequence("snapshot"), snapshot, thread: thread)
        case endOfPassType: return .missing(try MissingSpan(data, at: at))
        default:
            let recordType = String(type.dropFirst("support.".count))
            guard let change = try Event.change(data, type: recordType, sequence: sequence) else { return .other }
            let event = Event(sequence: sequence, at: at, by: try data.caller("by"), change: change)
            try event.textsMustBeShort(in: data)
            return .ticket(event)
        }
    }

    /// The ticket that it changes, if it changes one. Even a snapshot that is not understood tells that its ticket
    /// exists.
    var ticket: Identifier? {
        switch content {
        case .notUnderstood: isSnapshot ? snapshotTicket : nil
        case .ticket(let event):
            switch event.change {
            case .ticketCommented(let ticket, _, _, _, _): ticket
            default: event.ticket?.ticket.id
            }
        case .snapshot(_, let snapshot, _): snapshot.ticket.id
        default: nil
        }
    }

    /// The ticket that the envelope of a snapshot names: after the dot in `id`, or in `subject`.
    private var snapshotTicket: Identifier? {
        let subject = cloudEvent["subject"]?.stringValue ?? ""
        let ends = [
            id.utf8.split(separator: UInt8(ascii: ".")).last, subject.utf8.split(separator: UInt8(ascii: "/")).last,
        ]
        for digits in ends {
            if let digits, let number = Decimal.parse(digits), let ticket = Identifier(exactly: number),
                (1...DeskLimits.identifierMax).contains(ticket)
            {
                return ticket
            }
        }
        return nil
    }

    /// The same event small enough for every record: the members known here, each of bounded length, and of the data
    /// only the command whose outcome it is. An event that needs more data is then not understood.
    public var reduced: FleetEvent {
        var members: JSONObject = [
            "specversion": "1.0", "id": .string(id), "source": .string("/stations/\(station)"),
            "type": .string(type), "time": .string(at.iso8601), "sequence": .string(PaddedSequence.text(sequence)),
            "previous": .string(PaddedSequence.text(previous)), Self.omission: true,
        ]
        for name in ["subject", "datacontenttype"] {
            guard let text = cloudEvent[name]?.stringValue, text.utf8.count <= FleetLimits.nameBytesMax else {
                continue
            }
            members[name] = .string(text)
        }
        if let outcome {
            let id = JSONValue.string(outcome.id)
            var data: JSONObject = outcome.status == .unverified ? ["distrusted": id] : ["command": ["id": id]]
            if let statusCode = outcome.statusCode { data["statusCode"] = .integer(statusCode) }
            members["data"] = .object(data)
        }
        if let progress { members["data"] = ["command": .object(progress.json)] }
        return FleetEvent(self, members)
    }

    /// The extension attribute that marks an event that is kept without its data.
    private static let omission = "dataomitted"

    private init(_ whole: FleetEvent, _ members: JSONObject) {
        station = whole.station
        cloudEvent = .object(members)
        (id, epoch, sequence, previous) = (whole.id, whole.epoch, whole.sequence, whole.previous)
        (type, at) = (whole.type, whole.at)
        (content, outcome) = Self.meaning(MemberReader(members), type: type, sequence: sequence, at: at)
        progress = Self.progress(MemberReader(members), type: type)
    }

    /// Why it was not understood, for the log; nil if it was.
    public var problem: String? {
        if case .notUnderstood(let problem) = content { "event \(id) (\(type)): \(problem)" } else { nil }
    }
}

/// A span of a member's history that the central server will never have; it only has the tickets that came of it.
public struct MissingSpan: Hashable, Sendable {
    /// The bounds, by the member's sequence numbers.
    let from: UInt64
    let through: UInt64

    /// The member's last event when it began to send its tickets as they were.
    let mark: UInt64

    /// The number of tickets it sent.
    let ticketCount: Int
    let at: Timestamp

    init(_ reader: MemberReader, at: Timestamp? = nil) throws(DocumentFault) {
        from = try reader.sequence("from")
        through = try reader.sequence("through")
        mark = try reader.sequence("snapshot")
        ticketCount = try reader.count("tickets")
        if let at { self.at = at } else { self.at = try reader.timestamp("at") }
    }

    func writeMembers(into sink: inout some MemberSink) {
        sink.member("from", sequence: from)
        sink.member("through", sequence: through)
        sink.member("snapshot", sequence: mark)
        sink.member("tickets", Int64(ticketCount))
        sink.member("at", at)
    }
}

extension MemberReader {
    /// A sequence number of 20 decimal digits.
    fileprivate func paddedSequence(_ name: String) throws(DocumentFault) -> UInt64 {
        guard let sequence = PaddedSequence.parse(try string(name)) else { throw fault(name, "must be 20 digits") }
        return sequence
    }
}
