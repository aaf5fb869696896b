import Bytes
import JSON
import Testing

@testable import Domain

/// Damaged and hand-edited records and documents are refused by name or read for what they say; nothing traps.
@Suite struct DocumentFaultTests {
    /// Every value that is one change away: each member and element missing, and each replaced by each of these.
    private static func damaged(_ value: JSONValue) -> [JSONValue] {
        var all: [JSONValue] = [
            nil, true, -1, 9_223_372_036_854_775_807, 2_000_000_000, 1.5, "open", "9999-12-31T23:59:59.999Z", [], [nil],
            [:],
        ]
        switch value {
        case .object(let object):
            for member in object {
                var rest = object
                rest.removeValue(forKey: member.key)
                all.append(.object(rest))
                for other in damaged(member.value) {
                    var changed = object
                    changed[member.key] = other
                    all.append(.object(changed))
                }
            }
        case .array(let elements):
            all.append(.array(elements + elements))
            all.append(.array(elements.reversed()))
            for (index, element) in elements.enumerated() {
                for other in damaged(element) {
                    var changed = elements
                    changed[index] = other
                    all.append(.array(changed))
                }
            }
        default: break
        }
        return all
    }

    /// A later event brings it back, and the next new thing must not get the same number.
    @Test func `a thing whose creation record was lost keeps its number`() throws {
        var scene = try Scene.furnished()
        let ticket = try scene.file()
        _ = try scene.patch(ticket, by: Scene.admin, ["priority": "low"])
        try scene.event(.updateUser(5, try UserPatch(["phone": "3"]), passwordHash: nil))
        try scene.event(.updateStation(2, try StationPatch(["latitude": 2])))
        let desk = Desk()
        for event in try scene.records.map({ try Event(record: try JSONParser.parse($0)) }) {
            switch event.change {
            case .ticketCreated: continue
            case .userCreated(let user) where user.id == 5: continue
            case .stationCreated(let station) where station.id == 2: continue
            default: desk.apply(event)
            }
        }
        let draft = TicketDraft(userID: 1, description: "Another")
        guard case .event(let event) = try desk.decide(.createTicket(draft, key: nil), by: Scene.driver, now: scene.now)
        else { throw Unexpected(text: "no ticket") }
        #expect(event.ticket?.ticket.id == ticket + 1)
        #expect(desk.counters.nextUser == 6 && desk.counters.nextStation == 3)
    }

    @Test func `tokens that ended in the far future do not overflow`() throws {
        let scene = try Scene.furnished()
        var user = JSONObject()
        scene.desk.documents { if $0 == DocumentPath(.users, 1) { user = $1 } }
        user["tokens_ended_at"] = .integer(.max)
        let desk = Desk()
        try desk.restore(DocumentPath(.users, 1), user)
        let restored = try #require(desk.user(1))
        #expect(restored.accepts(TokenStanding(generation: nil, issuedAt: 1 << 41, mark: 0)))
    }

    @Test func `damaged records do not trap`() throws {
        var scene = try Scene.withEveryDocument()
        let desk = scene.desk.copy()
        try scene.event(.markRead(.through(.max)), by: Scene.driver)
        try scene.event(.deleteTicket(1))
        var faults = 0
        var tried = 0
        for record in scene.records {
            for value in Self.damaged(try JSONParser.parse(record)) {
                do {
                    let event = try Event(record: value)
                    let fresh = Desk()
                    fresh.apply(event)
                    let copy = desk.copy()
                    copy.apply(event)
                    tried += 1
                    if tried % 16 == 0 { _ = copy.dump() }
                    exercise(copy)
                } catch {
                    #expect(!error.description.isEmpty)
                    faults += 1
                }
            }
        }
        #expect(faults > 500)
    }

    @Test func `damaged documents do not trap`() throws {
        let scene = try Scene.withEveryDocument()
        var documents: [(DocumentPath, JSONObject)] = []
        scene.desk.documents { documents.append(($0, $1)) }
        #expect(Set(documents.map(\.0.kind)) == Set(DocumentPath.Kind.allCases))
        let next = try Event(
            record: try JSONParser.parse(
                Array(String(decoding: scene.records[8], as: UTF8.self).replacing("\"seq\":9", with: "\"seq\":99").utf8)
            ))
        let before = scene.desk.dump()
        var refused = 0
        for (path, document) in documents {
            for value in Self.damaged(.object(document)) {
                guard let object = value.objectValue else { continue }
                let fresh = Desk()
                try? fresh.restore(path, object)
                let copy = scene.desk.copy()
                do {
                    try copy.restore(path, object)
                } catch {
                    refused += 1
                    if refused % 16 == 0 { #expect(copy.dump() == before, "a refused document changed something") }
                }
                copy.apply(next)
                exercise(copy)
                _ = try? Projection.updated(path, object, by: next)
            }
        }
    }

    @Test func `a fault names the member`() throws {
        let scene = try Scene.withEveryDocument()
        var record = try #require(try JSONParser.parse(scene.records[8]).objectValue)
        var ticket = try #require(record["ticket"]?.objectValue)
        ticket["status"] = "done"
        record["ticket"] = .object(ticket)
        #expect(throws: DocumentFault(member: "ticket.status", expectation: "must be one of open, in_progress, closed"))
        {
            try Event(record: .object(record))
        }
        record["ticket"] = nil
        #expect(throws: DocumentFault(member: "ticket", expectation: "must be an object")) {
            try Event(record: .object(record))
        }
        let desk = Desk()
        var documents: [DocumentPath: JSONObject] = [:]
        scene.desk.documents { documents[$0] = $1 }
        let document = try #require(documents[DocumentPath(.tickets, 1)])
        #expect(throws: DocumentFault(member: "support_id", expectation: "must be the number in the file's name")) {
            try desk.restore(DocumentPath(.tickets, 2), document)
        }
    }

    @Test func `a lost document is made again by the next record of its ticket`() throws {
        let scene = try Scene.withEveryDocument()
        let desk = Desk()
        desk.apply(try Event(record: try JSONParser.parse(scene.records[8])))
        #expect(desk.tickets[1]?.status == .closed)
        desk.apply(try Event(record: try JSONParser.parse(scene.records[9])))
        #expect(desk.tickets[1]?.comments.count == 1)
    }

    /// Calls everything that walks the index.
    private func exerciseDelivery(_ desk: Desk, to user: Identifier) {
        _ = desk.undeliveredCount(of: user)
        _ = try? desk.decide(.noteDelivered([user: .max]), by: .station, now: Timestamp(milliseconds: .max))
        let positions = [desk.cursor(of: user), desk.position(of: user, at: 0), desk.position(of: user, at: .max)]
        for var position in positions.compactMap({ $0 }) {
            _ = desk.hasLost(user, behind: position)
            _ = desk.backlog(of: user, behind: position, through: .max)
            let aged = desk.copy()
            aged.advance(toRunning: .max)
            _ = aged.backlog(of: user, behind: position, through: .max)
            let run = desk.notifications(for: user, behind: position, through: .max, countMax: 100)
            for entry in run.entries { position.pass(entry) }
        }
    }

    private func exercise(_ desk: Desk) {
        for caller: Caller in [.operator, .user(1), .user(2), .user(3)] {
            let page = try? desk.tickets(TicketFilter(), for: caller)
            for ticket in page?.tickets ?? [] {
                _ = text { desk.write(ticket, into: &$0) }
                _ = desk.entityTag(of: ticket)
                var writer = JSONWriter()
                writer.beginArray()
                for row in (try? desk.history(of: ticket.id, for: caller)) ?? [] { row.write(into: &writer) }
                writer.endArray()
            }
            _ = try? desk.statistics(for: caller)
            _ = try? desk.inbox(for: caller)
            _ = try? desk.decide(.markRead(.through(.max)), by: caller, now: Timestamp(milliseconds: .max))
            if let user = caller.userID { exerciseDelivery(desk, to: user) }
            let draft = TicketDraft(userID: 1, description: "x")
            let key = try? IdempotencyKey(key: "k", digest: "d")
            _ = try? desk.decide(.createTicket(draft, key: key), by: caller, now: Timestamp(milliseconds: .min))
            _ = try? desk.decide(.deleteTicket(1), by: caller, now: Timestamp(milliseconds: .max))
        }
    }
}
