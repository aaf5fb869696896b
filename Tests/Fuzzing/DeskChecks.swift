import Bytes
import JSON
import Station

/// What must hold of a desk, whatever events and documents it was made of.
enum DeskChecks {
    static let later = Timestamp(milliseconds: 1_736_677_900_000)

    /// Asks everything that clients ask, and lets the documents be written, read and made a desk of again.
    static func check(_ desk: Desk) {
        ask(desk)
        let dump = desk.dump()
        var restored = Desk()
        desk.documents { path, document in
            guard let read = (try? JSONParser.parse(document.encoded(.pretty)))?.objectValue else {
                return expect(false, "a document is JSON: \(path.text)")
            }
            do throws(DocumentFault) {
                try restored.restore(path, read)
            } catch {
                expect(false, "a document that was written can be read: \(path.text): \(error)")
            }
        }
        restored.pass(through: desk.lastSequence)
        expect(restored.dump() == dump, "documents give the same desk again")
    }

    static func ask(_ desk: Desk) {
        for caller in [Caller.user(1), .user(2), .user(3), .central] {
            _ = try? desk.unreadCount(for: caller, now: later)
            _ = try? desk.inbox(unread: true, after: 3, for: caller, now: later)
            _ = try? desk.inbox(for: caller, now: later)
            _ = try? desk.statistics(for: caller)
            var filter = TicketFilter()
            filter.search = "jam"
            _ = try? desk.tickets(filter, for: caller)
            _ = try? desk.users(for: caller)
            var writer = JSONWriter()
            if let ticket = try? desk.ticket(1, for: caller) {
                desk.write(ticket, into: &writer)
                _ = desk.entityTag(of: ticket)
            }
            _ = try? desk.comments(of: 1, for: caller)
        }
        for user in Identifier(1)...3 {
            _ = desk.undeliveredCount(of: user)
            guard let cursor = desk.cursor(of: user) else { continue }
            let backlog = desk.backlog(
                of: user, behind: cursor, through: desk.lastSequence, oldestRecord: 4, now: later)
            expect((backlog?.count ?? 0) >= 0 && (backlog?.gap?.count ?? 1) >= 0, "counts are not negative")
            _ = desk.notifications(for: user, behind: cursor, through: desk.lastSequence, countMax: 10)
            _ = desk.hasLost(user, behind: cursor)
            _ = desk.position(of: user, at: 5)
        }
        _ = desk.ticketDocuments(from: 1, countMax: 4, bytesMax: 4096)
        askFleet(desk)
    }

    private static func askFleet(_ desk: Desk) {
        for station in desk.fleetStations {
            var object = JSONObject()
            desk.write(station, into: &object)
            _ = try? desk.fleetStatistics(of: station.id)
            if let page = try? desk.fleetTickets(of: station.id, TicketFilter()) {
                for ticket in page.tickets {
                    var writer = JSONWriter()
                    ticket.write(into: &writer)
                    writer = JSONWriter()
                    ticket.writeHistory(into: &writer)
                    expect((try? JSONParser.parse(writer.bytes)) != nil, "a history is JSON")
                }
            }
            for command in (try? desk.fleetCommands(of: station.id)) ?? [] {
                var writer = JSONWriter()
                command.write(into: &writer)
                expect((try? JSONParser.parse(writer.bytes)) != nil, "a command is JSON")
            }
            _ = desk.fleetCommands(waitingFor: station.id, after: 17)
        }
        _ = desk.fleetTickets(TicketFilter(), behind: nil)
    }

    /// An event's record gives the event again, and so do the documents that it makes what the desk makes of it.
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
