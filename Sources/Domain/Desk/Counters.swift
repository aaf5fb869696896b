import JSON

// counters/1.json: next_ticket_id, next_user_id, next_station_id, next_answer_id?, feed_comments, feed_lost_through,
// created_by_station [{station_id, count, lost_through}], sequence.
//
// The counts of `created_by_station` are of created tickets and of comments that the swap station's staff is told of.

/// The numbers that are given out next. They never go back, so the number of something deleted is not used again.
struct Counters: Hashable, DeskDocument {
    var nextTicket: Identifier = 1
    var nextUser: Identifier = 1
    var nextStation: Identifier = 1
    var nextAnswer: Identifier = 1

    /// How many comments and escalations there ever were of which admins and staff are told.
    private(set) var commentCount: Identifier = 0

    /// How many created tickets and such comments there ever were at each swap station, so that what an index has lost
    /// can still be counted.
    private var sharedByStation: [Identifier: Int] = [:]

    /// The last event whose entry in the feed was dropped, in all and at each swap station.
    private var lostThrough: UInt64 = 0
    private var lostThroughByStation: [Identifier: UInt64] = [:]
    var documentSequence: UInt64 = 0

    init() {}

    init(_ reader: MemberReader, id: Identifier) throws(DocumentFault) {
        nextTicket = try reader.nextIdentifier("next_ticket_id")
        nextUser = try reader.nextIdentifier("next_user_id")
        nextStation = try reader.nextIdentifier("next_station_id")
        if reader.value("next_answer_id") != nil { nextAnswer = try reader.nextIdentifier("next_answer_id") }
        commentCount = try reader.optionalIdentifier("feed_comments") ?? 0
        for entry in try reader.readers("created_by_station") {
            let station = try entry.identifier("station_id")
            sharedByStation[station] = try entry.count("count")
            lostThroughByStation[station] = try entry.optionalSequence("lost_through")
        }
        lostThrough = try reader.optionalSequence("feed_lost_through") ?? 0
        documentSequence = try reader.sequence("sequence")
    }

    /// How many created tickets and comments there ever were in the shared index: at `station`, or in all if that is
    /// nil.
    func sharedCount(at station: Identifier?) -> Int {
        guard let station else { return Int(nextTicket) - 1 + Int(commentCount) }
        return sharedByStation[station] ?? 0
    }

    /// How many of these users in this office hear of.
    func sharedCount(heardBy role: Role, at station: Identifier?) -> Int {
        switch role {
        case .driver: 0
        case .stationStaff: station.map { sharedCount(at: $0) } ?? 0
        case .admin: sharedCount(at: nil)
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
        if event.note != nil { return paths.append(onlyPath) }
        switch event.change {
        case .ticketCreated, .ticketEscalated, .userCreated, .stationCreated, .answerCreated: paths.append(onlyPath)
        case .ticketCommented(_, _, _, _, let news?) where news.number != nil: paths.append(onlyPath)
        default: break
        }
    }

    mutating func fold(_ event: Event) -> Bool {
        documentSequence = event.sequence
        if let note = event.note {
            commentCount = max(commentCount, note.number)
            noteShared(at: event.ticket?.ticket.stationID, event)
            return true
        }
        switch event.change {
        case .ticketCreated(let snapshot):
            nextTicket = max(nextTicket, snapshot.ticket.id + 1)
            noteShared(at: snapshot.ticket.stationID, event)
        case .ticketCommented(_, _, let station, _, let news?):
            guard let number = news.number else { break }
            commentCount = max(commentCount, number)
            noteShared(at: station, event)
        case .ticketEscalated(_, let escalation):
            commentCount = max(commentCount, escalation.number)
            noteShared(at: nil, event)
        case .answerCreated(let answer): nextAnswer = max(nextAnswer, answer.id + 1)
        case .userCreated(let user): nextUser = max(nextUser, user.id + 1)
        case .stationCreated(let station): nextStation = max(nextStation, station.id + 1)
        default: break
        }
        return true
    }

    private mutating func noteShared(at station: Identifier?, _ event: Event) {
        if let station { sharedByStation[station, default: 0] += 1 }
        for dropped in event.dropped {
            lostThrough = max(lostThrough, dropped.sequence)
            guard let station = dropped.station else { continue }
            lostThroughByStation[station] = max(lostThroughByStation[station] ?? 0, dropped.sequence)
        }
    }

    /// Moves forward to where `other` is, but never back.
    mutating func pass(_ other: Counters) {
        nextTicket = max(nextTicket, other.nextTicket)
        nextUser = max(nextUser, other.nextUser)
        nextStation = max(nextStation, other.nextStation)
        nextAnswer = max(nextAnswer, other.nextAnswer)
        commentCount = max(commentCount, other.commentCount)
        sharedByStation.merge(other.sharedByStation) { max($0, $1) }
        lostThrough = max(lostThrough, other.lostThrough)
        lostThroughByStation.merge(other.lostThroughByStation) { max($0, $1) }
        documentSequence = max(documentSequence, other.documentSequence)
    }

    // What exists has its number, even if the record of its creation was lost and was never counted: a document or a
    // later event proves it.

    mutating func pass(ticket id: Identifier) { nextTicket = max(nextTicket, id + 1) }
    mutating func pass(user id: Identifier) { nextUser = max(nextUser, id + 1) }
    mutating func pass(station id: Identifier) { nextStation = max(nextStation, id + 1) }
    mutating func pass(answer id: Identifier) { nextAnswer = max(nextAnswer, id + 1) }

    func write(into object: inout JSONObject) {
        object.member("next_ticket_id", id: nextTicket)
        object.member("next_user_id", id: nextUser)
        object.member("next_station_id", id: nextStation)
        object.member("next_answer_id", nextAnswer == 1 ? nil : Int64(nextAnswer))
        object["created_by_station"] = .array(
            sharedByStation.sorted { $0.key < $1.key }.map { station, count in
                var entry: JSONObject = ["station_id": .integer(Int64(station)), "count": .integer(Int64(count))]
                if let lost = lostThroughByStation[station] { entry.member("lost_through", sequence: lost) }
                return .object(entry)
            })
        object.member("feed_comments", commentCount == 0 ? nil : Int64(commentCount))
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
