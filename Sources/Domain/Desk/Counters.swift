import JSON

// counters/1.json: next_ticket_id, next_user_id, next_station_id, feed_lost_through,
// created_by_station [{station_id, count, lost_through}], sequence.

/// The numbers that are given out next. They never go back, so the number of something deleted is not used again.
struct Counters: Hashable, DeskDocument {
    var nextTicket: Identifier = 1
    var nextUser: Identifier = 1
    var nextStation: Identifier = 1

    /// How many tickets were ever created at each swap station, so that what an index has lost can still be counted.
    private var createdByStation: [Identifier: Int] = [:]

    /// The last event whose entry in the feed was dropped, in all and at each swap station.
    private var lostThrough: UInt64 = 0
    private var lostThroughByStation: [Identifier: UInt64] = [:]
    var documentSequence: UInt64 = 0

    init() {}

    init(_ reader: MemberReader, id: Identifier) throws(DocumentFault) {
        nextTicket = try reader.nextIdentifier("next_ticket_id")
        nextUser = try reader.nextIdentifier("next_user_id")
        nextStation = try reader.nextIdentifier("next_station_id")
        for entry in try reader.readers("created_by_station") {
            let station = try entry.identifier("station_id")
            createdByStation[station] = try entry.count("count")
            lostThroughByStation[station] = try entry.optionalSequence("lost_through")
        }
        lostThrough = try reader.optionalSequence("feed_lost_through") ?? 0
        documentSequence = try reader.sequence("sequence")
    }

    /// How many tickets were ever created: at `station`, or in all if that is nil.
    func createdCount(at station: Identifier?) -> Int {
        guard let station else { return Int(nextTicket) - 1 }
        return createdByStation[station] ?? 0
    }

    /// How many tickets were ever created that users in this office hear of.
    func createdCount(heardBy role: Role, at station: Identifier?) -> Int {
        switch role {
        case .driver: 0
        case .stationStaff: station.map { createdCount(at: $0) } ?? 0
        case .admin: createdCount(at: nil)
        }
    }

    /// The last event whose entry in the feed was dropped, of those that users in this office hear of; 0 if none was.
    func feedLostThrough(heardBy role: Role, at station: Identifier?) -> UInt64 {
        switch role {
        case .driver: 0
        case .stationStaff: station.flatMap { lostThroughByStation[$0] } ?? 0
        case .admin: lostThrough
        }
    }

    init?(madeBy event: Event, id: Identifier) {
        self.init()
        _ = fold(event)
    }

    private static let onlyPath = DocumentPath(.counters, 1)

    var path: DocumentPath { Self.onlyPath }

    static func appendPaths(touchedBy event: Event, to paths: inout [DocumentPath]) {
        switch event.change {
        case .ticketCreated, .userCreated, .stationCreated: paths.append(onlyPath)
        default: break
        }
    }

    mutating func fold(_ event: Event) -> Bool {
        documentSequence = event.sequence
        switch event.change {
        case .ticketCreated(let snapshot, _):
            nextTicket = max(nextTicket, snapshot.ticket.id + 1)
            if let station = snapshot.ticket.stationID { createdByStation[station, default: 0] += 1 }
            for dropped in event.dropped {
                lostThrough = max(lostThrough, dropped.sequence)
                guard let station = dropped.station else { continue }
                lostThroughByStation[station] = max(lostThroughByStation[station] ?? 0, dropped.sequence)
            }
        case .userCreated(let user): nextUser = max(nextUser, user.id + 1)
        case .stationCreated(let station): nextStation = max(nextStation, station.id + 1)
        default: break
        }
        return true
    }

    /// Moves forward to where `other` is, but never back.
    mutating func pass(_ other: Counters) {
        nextTicket = max(nextTicket, other.nextTicket)
        nextUser = max(nextUser, other.nextUser)
        nextStation = max(nextStation, other.nextStation)
        createdByStation.merge(other.createdByStation) { max($0, $1) }
        lostThrough = max(lostThrough, other.lostThrough)
        lostThroughByStation.merge(other.lostThroughByStation) { max($0, $1) }
        documentSequence = max(documentSequence, other.documentSequence)
    }

    // What exists has its number, even if the record of its creation was lost and was never counted: a document or a
    // later event proves it.

    mutating func pass(ticket id: Identifier) { nextTicket = max(nextTicket, id + 1) }
    mutating func pass(user id: Identifier) { nextUser = max(nextUser, id + 1) }
    mutating func pass(station id: Identifier) { nextStation = max(nextStation, id + 1) }

    func write(into object: inout JSONObject) {
        object.member("next_ticket_id", id: nextTicket)
        object.member("next_user_id", id: nextUser)
        object.member("next_station_id", id: nextStation)
        object["created_by_station"] = .array(
            createdByStation.sorted { $0.key < $1.key }.map { station, count in
                var entry: JSONObject = ["station_id": .integer(Int64(station)), "count": .integer(Int64(count))]
                if let lost = lostThroughByStation[station] { entry.member("lost_through", sequence: lost) }
                return .object(entry)
            })
        object.member("feed_lost_through", sequence: lostThrough)
    }
}

extension MemberReader {
    fileprivate func nextIdentifier(_ name: String) throws(DocumentFault) -> Identifier {
        guard let next = Identifier(exactly: try integer(name)), next > 0, next <= DeskLimits.identifierMax + 1 else {
            throw fault(name, "must be a number from 1 to \(DeskLimits.identifierMax + 1)")
        }
        return next
    }
}
