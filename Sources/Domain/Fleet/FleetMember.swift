import Bytes
import JSON

// fleet/<station>.json: station_id, name, token_sha256, added_at, removed_at, epoch, accepted_through,
// clock_offset_seconds, clock_wrong, missing [span], not_understood {count, last {id, type, problem, at}|null},
// sequence.

/// A station of the fleet as its central server knows it, and how much of its history has arrived.
public struct FleetMember: Hashable, DeskDocument, Numbered {
    /// What identifies an event besides its number.
    public struct LastEvent: Hashable, Sendable {
        /// The CloudEvent's `type`.
        public let type: String

        /// The CloudEvent's `time`.
        public let at: Timestamp
    }

    /// An event that is kept but was not understood.
    struct NotUnderstood: Hashable {
        let id: String
        let type: String
        let problem: String
        let at: Timestamp
    }

    /// Its number.
    public let id: Identifier

    /// Its name; nil if it has none.
    public private(set) var name: String?

    /// The SHA-256 of its token, in hexadecimal.
    public private(set) var tokenDigest = ""
    private(set) var addedAt: Timestamp
    private(set) var removedAt: Timestamp?

    /// The epoch of its data directory; nil before its first event.
    public private(set) var epoch: String?

    /// Everything up to this event of the epoch is here.
    public private(set) var acceptedThrough: UInt64 = 0

    /// The type and time of that event, so that the station can tell whether it has the same event under this number.
    public private(set) var lastEvent: LastEvent?

    /// How far its clock was ahead when it was last marked, in seconds.
    private(set) var clockOffsetSeconds: Int64?

    /// Whether its clock is too far off.
    public private(set) var isClockWrong = false

    /// Oldest first.
    private(set) var missing: [MissingSpan] = []
    private(set) var notUnderstoodCount = 0
    private(set) var notUnderstood: NotUnderstood?
    private(set) var documentSequence: UInt64 = 0

    /// Whether it was removed from the fleet.
    public var isRemoved: Bool { removedAt != nil }

    init(_ reader: MemberReader, id: Identifier) throws(DocumentFault) {
        self.id = id
        guard try reader.fleetMember("station_id") == id else {
            throw reader.fault("station_id", "must be the number in the file's name")
        }
        name = try reader.optionalString("name")
        tokenDigest = try reader.string("token_sha256")
        addedAt = try reader.timestamp("added_at")
        removedAt = try reader.optionalTimestamp("removed_at")
        epoch = try reader.optionalString("epoch")
        acceptedThrough = try reader.sequence("accepted_through")
        if reader.value("last_event") != nil {
            let last = try reader.reader("last_event")
            lastEvent = LastEvent(type: try last.string("type"), at: try last.timestamp("at"))
        }
        clockOffsetSeconds =
            reader.value("clock_offset_seconds") == nil ? nil : try reader.integer("clock_offset_seconds")
        isClockWrong = try reader.bool("clock_wrong")
        for span in try reader.readers("missing") { missing.append(try MissingSpan(span)) }
        let strange = try reader.reader("not_understood")
        notUnderstoodCount = try strange.count("count")
        if strange.value("last") != nil {
            let last = try strange.reader("last")
            notUnderstood = NotUnderstood(
                id: try last.string("id"), type: try last.string("type"), problem: try last.string("problem"),
                at: try last.timestamp("at"))
        }
        documentSequence = try reader.sequence("sequence")
    }

    init?(madeBy event: Event, id: Identifier) {
        guard case .fleet(.stationAdded) = event.change else { return nil }
        self.id = id
        addedAt = event.at
        _ = fold(event)
    }

    var path: DocumentPath { DocumentPath(.fleet, id) }

    static func appendPaths(touchedBy event: Event, to paths: inout [DocumentPath]) {
        guard case .fleet(let change) = event.change else { return }
        switch change {
        case .stationAdded, .tokenRenewed, .stationRemoved, .stationPurged, .clockMarked, .reported:
            paths.append(DocumentPath(.fleet, change.station))
        case .commandQueued, .commandCancelled, .ticketsRemoved: break
        }
    }

    mutating func fold(_ event: Event) -> Bool {
        documentSequence = event.sequence
        guard case .fleet(let change) = event.change else { return true }
        switch change {
        case .stationAdded(_, let name, let digest):
            self.name = name ?? self.name
            tokenDigest = digest
            removedAt = nil
        case .tokenRenewed(_, let digest): tokenDigest = digest
        case .stationRemoved: removedAt = event.at
        case .stationPurged:
            (epoch, acceptedThrough, lastEvent, missing) = (nil, 0, nil, [])
            (notUnderstoodCount, notUnderstood) = (0, nil)
        case .clockMarked(_, let offset, let isWrong): (clockOffsetSeconds, isClockWrong) = (offset, isWrong)
        case .reported(let reported): foldReported(reported)
        case .commandQueued, .commandCancelled, .ticketsRemoved: break
        }
        return true
    }

    private mutating func foldReported(_ reported: FleetEvent) {
        if epoch != reported.epoch { (epoch, acceptedThrough, lastEvent) = (reported.epoch, 0, nil) }
        if !reported.isSnapshot, reported.sequence > acceptedThrough {
            acceptedThrough = reported.sequence
            lastEvent = LastEvent(type: reported.type, at: reported.at)
        }
        switch reported.content {
        case .missing(let span):
            missing.append(span)
            if missing.count > FleetLimits.missingSpansMax { missing.removeFirst() }
        case .notUnderstood(let problem):
            notUnderstoodCount += 1
            notUnderstood = NotUnderstood(id: reported.id, type: reported.type, problem: problem, at: reported.at)
        case .ticket, .snapshot, .other: break
        }
    }

    func write(into object: inout JSONObject) {
        object["station_id"] = .integer(Int64(id))
        object.member("name", name)
        object.member("token_sha256", tokenDigest)
        object.member("added_at", addedAt)
        object.member("removed_at", removedAt)
        object.member("epoch", epoch)
        object.member("accepted_through", sequence: acceptedThrough)
        object["last_event"] =
            lastEvent.map { ["type": .string($0.type), "at": .string($0.at.iso8601)] } ?? .null
        object.member("clock_offset_seconds", clockOffsetSeconds)
        object.member("clock_wrong", isClockWrong)
        object["missing"] = missingJSON
        object["not_understood"] = notUnderstoodJSON
    }

    var missingJSON: JSONValue {
        .array(
            missing.map { span in
                var object = JSONObject()
                span.writeMembers(into: &object)
                return .object(object)
            })
    }

    var notUnderstoodJSON: JSONValue {
        var last = JSONValue.null
        if let notUnderstood {
            var object = JSONObject()
            object.member("id", notUnderstood.id)
            object.member("type", notUnderstood.type)
            object.member("problem", notUnderstood.problem)
            object.member("at", notUnderstood.at)
            last = .object(object)
        }
        return ["count": .integer(Int64(notUnderstoodCount)), "last": last]
    }
}
