import Bytes
import Domain
import JSON

/// The properties of a desk that must hold whatever events and documents it was made from.
enum DeskChecks {
    static let later = Timestamp(milliseconds: 1_736_677_900_000)

    /// Asks everything that clients can ask, and makes the desk again from its documents.
    static func check(_ desk: Desk) {
        ask(desk)
        let dump = desk.dump()
        let restored = Desk()
        desk.documents { path, document in
            guard let read = (try? JSONParser.parse(document.encoded(.pretty)))?.objectValue else {
                return expect(false, "a document is JSON: \(path.text)")
            }
            do throws(DocumentFault) {
                try restored.restore(path, read)
            } catch {
                expect(false, "a written document can be read: \(path.text): \(error)")
            }
        }
        restored.pass(through: desk.lastSequence)
        expect(restored.dump().withoutCounters == dump.withoutCounters, "documents give the same desk again")
    }

    static func ask(_ desk: Desk) {
        for caller in [Caller.user(1), .user(2), .user(3), .central] {
            _ = try? desk.unreadCount(for: caller)
            _ = try? desk.inbox(unread: true, after: 3, for: caller)
            _ = try? desk.inbox(for: caller)
            _ = try? desk.statistics(for: caller)
            var filter = TicketFilter()
            filter.search = "jam"
            listBitByBit(desk, filter, caller)
            _ = try? desk.tickets(ofUser: 3, TicketFilter(), for: caller)
            _ = try? desk.tickets(atStation: 1, TicketFilter(), for: caller)
            for user in (try? desk.users(for: caller)) ?? [] {
                _ = user.accepts(TokenStanding(generation: nil, issuedAt: later.seconds, mark: 0))
            }
            _ = try? desk.stations(for: caller)
            var writer = JSONWriter()
            if let ticket = try? desk.ticket(1, for: caller) {
                desk.write(ticket, into: &writer)
                _ = desk.entityTag(of: ticket)
            }
            _ = try? desk.comments(of: 1, for: caller)
            _ = try? desk.receipts(of: 1, for: caller)
            _ = try? desk.answers(for: caller)
            var counting = try? desk.counting(filter, for: caller)
            _ = try? counting?.advance(in: desk)
            if let query = try? ReportFilter(query: [("days", "3")]) {
                var report = try? desk.reportListing(query, for: caller, now: later)
                _ = try? report?.advance(in: desk)
            }
            writer = JSONWriter()
            writer.beginArray()
            for row in (try? desk.history(of: 1, for: caller)) ?? [] { row.write(into: &writer) }
            writer.endArray()
        }
        for user in Identifier(1)...3 {
            _ = desk.undeliveredCount(of: user)
            guard let cursor = desk.cursor(of: user) else { continue }
            let backlog = desk.backlog(
                of: user, behind: cursor, through: desk.lastSequence, oldestRecord: 4)
            expect((backlog?.count ?? 0) >= 0 && (backlog?.gap?.count ?? 1) >= 0, "counts are not negative")
            _ = desk.notifications(for: user, behind: cursor, through: desk.lastSequence, countMax: 10)
            _ = desk.hasLost(user, behind: cursor)
            _ = desk.position(of: user, at: 5)
        }
        _ = desk.ticketDocuments(from: 1, countMax: 4, bytesMax: 4096)
        askFleet(desk)
        decide(desk)
    }

    /// A list made bit by bit is the list made in one go, and JSON.
    private static func listBitByBit(_ desk: Desk, _ filter: TicketFilter, _ caller: Caller) {
        var filter = filter
        for order in TicketOrder.allCases {
            filter.order = order
            list(desk, filter, caller)
        }
        var file = try? desk.exporting(filter, for: caller)
        _ = try? file?.advance(in: desk)
    }

    private static func list(_ desk: Desk, _ filter: TicketFilter, _ caller: Caller) {
        do throws(Refusal) {
            let whole = try desk.tickets(filter, for: caller)
            expect((try? JSONParser.parse(whole.json)) != nil, "a page is JSON")
            var listing = try desk.listing(filter, for: caller)
            var page: TicketPage?
            while page == nil { page = try listing.advance(in: desk, stepsMax: 30) }
            expect(page?.json == whole.json && page?.totalCount == whole.totalCount, "both lists are the same")
        } catch {
            expect(error.statusCode == 401, "only callers who are not active are refused a list")
        }
    }

    /// Whatever the state, each decision on it has a record.
    private static func decide(_ desk: Desk) {
        var patch = TicketPatch()
        patch.response = .set("x")
        patch.priority = .set(.low)
        let commands: [(Command, Caller)] = [
            (
                .createTicket(
                    TicketDraft(userID: 3, description: "d", stationID: .set(1)),
                    key: try? IdempotencyKey(key: "k", digest: "d")), .user(3)
            ),
            (.updateTicket(1, patch), .user(1)), (.deleteTicket(1), .operator),
            (.addComment(ticket: 1, CommentDraft(body: "b")), .user(2)),
            (.changePassword(passwordHash: "h"), .user(2)), (.deleteUser(3), .user(1)),
            (.markRead(.through(.max)), .user(3)),
            (.noteDelivered([1: desk.lastSequence, 2: 5, 3: desk.lastSequence]), .station),
            (.noteShipped(through: desk.lastSequence), .station),
        ]
        for (command, caller) in commands {
            if case .event(let event)? = try? desk.decide(command, by: caller, now: later) { checkRecord(of: event) }
        }
        for command: FleetAdministration in [.removeStation(7), .markClock(7, offsetSeconds: .min), .cancel(7, 17)] {
            let decision = try? desk.decide(command, by: .operator, epoch: "here", now: later)
            if case .event(let event)? = decision { checkRecord(of: event) }
        }
    }

    private static func askFleet(_ desk: Desk) {
        for station in desk.fleetMembers {
            var object = JSONObject()
            desk.write(station, into: &object)
            _ = try? desk.fleetStatistics(of: station.id)
            if let page = try? desk.fleetTickets(of: station.id, TicketFilter()) {
                for ticket in page.tickets {
                    var writer = JSONWriter()
                    ticket.write(into: &writer)
                    writer = JSONWriter()
                    writer.beginArray()
                    for row in ticket.history { row.write(into: &writer) }
                    writer.endArray()
                    expect((try? JSONParser.parse(writer.bytes)) != nil, "a history is JSON")
                }
            }
            for command in (try? desk.fleetCommands(of: station.id)) ?? [] {
                var writer = JSONWriter()
                command.write(into: &writer)
                expect((try? JSONParser.parse(writer.bytes)) != nil, "a command is JSON")
            }
            _ = desk.fleetCommands(waitingFor: station.id, after: 17)
            _ = desk.fleetPurge(of: station.id)
            _ = desk.isFleetFull(for: station.id)
        }
        _ = desk.fleetTickets(TicketFilter(), behind: nil)
    }

    /// An event's record is one line of JSON and gives the same event again.
    static func checkRecord(of event: Event) {
        let record = event.record()
        expect(!record.contains(0x0A), "a record is one line")
        guard let value = try? JSONParser.parse(record) else { return expect(false, "a record is JSON") }
        do throws(DocumentFault) {
            let read = try Event(record: value)
            expect(read == event, "a record gives its event: \(String(decoding: record, as: UTF8.self))")
        } catch {
            expect(false, "a record can be read: \(error): \(String(decoding: record, as: UTF8.self))")
        }
    }
}

extension [UInt8] {
    /// A desk's dump without the line of the next numbers: if something lost its creation and was then deleted, no
    /// document has its number.
    var withoutCounters: [[UInt8]] {
        split(separator: 0x0A).filter { !$0.starts(with: "counters/".utf8) }.map { Array($0) }
    }
}
