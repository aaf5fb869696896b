import JSON
import Store
import Testing

@testable import Domain
@testable import Server
@testable import Simulation

/// What is missing so that nothing else tells: the station does not start until somebody accepts that.
@Suite struct LossTests {
    enum Loss: String, CaseIterable, Sendable {
        case hole = "events between the documents and the journal"
        case unknownRecord = "a record of an unknown type"
        case unreadableRecord = "a record that lacks a member"
        case documentAhead = "a document newer than the journal"

        /// Part of what is said about it.
        var words: String {
            switch self {
            case .hole: "what events 5 to "
            case .unknownRecord, .unreadableRecord: "is not understood"
            case .documentAhead: "changed by event 999, but the journal ends with event"
            }
        }
    }

    private func disk(with loss: Loss) throws -> MemoryDisk {
        let disk = try StoredStation.stopped(ticketCount: 40)
        switch loss {
        case .hole:
            let oldest = try #require(disk.paths.filter { $0.hasPrefix("journal/0") }.min())
            try disk.unlink(oldest)
            disk.put("cursors/checkpointer.json", #"{"sequence": 4}"#)
        case .unknownRecord: try append("ticket.teleported", to: disk)
        case .unreadableRecord: try append("ticket.created", to: disk)
        case .documentAhead:
            let text = try #require(disk.text("tickets/7.json"))
            let sequence = try #require(try JSONParser.parse(text)["sequence"]?.integerValue)
            disk.put("tickets/7.json", text.replacing("\"sequence\": \(sequence)", with: "\"sequence\": 999"))
        }
        disk.killProcess()
        return disk
    }

    private func append(_ type: String, to disk: MemoryDisk) throws {
        let limits = JournalLimits(segmentBytes: 8 * 1024, recordBytesMax: 4 * 1024)
        let journal = try Recovery.run(disk, .init(stationID: 1, newEpoch: "here", limits: limits)).journal
        let head = #"{"seq":\#(journal.nextSequence),"at":"2026-12-01T00:00:00.000Z","by":"operator","type":"#
        try journal.append(Array("\(head)\"\(type)\"}".utf8))
        try journal.commit()
    }

    private func losses(of disk: MemoryDisk) throws -> [Finding] {
        disk.killProcess()
        let error = #expect(throws: StoreError.self) { _ = try StoredStation(disk) }
        guard case .stateUnknown(let losses) = error else { return [] }
        return losses
    }

    @Test(arguments: Loss.allCases)
    func `a loss stops every start until it is accepted once`(_ loss: Loss) throws {
        let disk = try disk(with: loss)
        for _ in 0..<2 {
            let losses = try losses(of: disk)
            #expect(losses.count == 1 && losses[0].severity == .damage)
            #expect(losses.first?.problem.contains(loss.words) == true, "\(losses)")
        }

        disk.killProcess()
        var options = StoredStation.options
        options.acceptsLoss = true
        let opening = try Opening(disk: disk, options: options)
        #expect(
            opening.findings.contains { $0.problem.contains(loss.words) && $0.action?.contains("accepted") == true })
        let used = max(opening.desk.lastSequence, opening.journal.committedSequence)

        // The next start needs no permission, and no number is used twice.
        disk.killProcess()
        let station = try StoredStation(disk)
        #expect(station.service.durable.journal.nextSequence > used)
        try station.file("One more")
        disk.killProcess()
        let again = try StoredStation(disk)
        #expect(again.service.desk.tickets[2] != nil)
        if loss == .documentAhead { #expect(again.service.durable.journal.nextSequence > 999) }
    }

    @Test(arguments: [Loss.hole, .documentAhead])
    func `a check tells of a loss and changes nothing`(_ loss: Loss) throws {
        let disk = try disk(with: loss)
        let before = disk.paths.map { disk.text($0) }
        let folders = DocumentFolder.all(among: try disk.list(""))
        let outcome = try StoreCheck.run(disk, documents: folders.map(\.directory))
        #expect(outcome.severity == .damage)
        let words = loss == .hole ? loss.words : "changed by record 999, which the journal does not have"
        #expect(outcome.findings.contains { $0.problem.contains(words) }, "\(outcome.findings)")
        #expect(disk.paths.map { disk.text($0) } == before)
    }

    @Test(arguments: Loss.allCases)
    func `a new epoch stops at a loss, and accepts it if told`(_ loss: Loss) throws {
        let disk = try disk(with: loss)
        let configuration = StoredStation.options.configuration
        let now = StoredStation.start.wall
        #expect(throws: StoreError.self) {
            try StationEpoch.renew(disk, configuration, epoch: "anew", now: now)
        }
        disk.killProcess()
        let outcome = try StationEpoch.renew(disk, configuration, epoch: "anew", acceptsLoss: true, now: now)
        #expect(outcome.newEpoch == "anew")
        #expect(outcome.findings.contains { $0.problem.contains(loss.words) })
        disk.killProcess()
        _ = try StoredStation(disk)
    }

    /// A damaged document is made anew from everything in the journal, and so the cursor is set back.
    @Test(arguments: Loss.allCases)
    func `an accepted loss stays accepted when a document is damaged later`(_ loss: Loss) throws {
        let disk = try disk(with: loss)
        disk.killProcess()
        var options = StoredStation.options
        options.acceptsLoss = true
        _ = try Opening(disk: disk, options: options)
        disk.killProcess()
        let path = try #require(disk.paths.last { $0.hasPrefix("tickets/") })
        disk.put(path, "{")
        for _ in 0..<2 {
            _ = try StoredStation(disk)
            disk.killProcess()
        }
    }

    /// A copy whose documents were made before its cursors, or from which somebody has removed a file.
    @Test(arguments: ["missing", "older"])
    func `a document that the cursor has passed and that is not there is made anew`(_ what: String) throws {
        let disk = try StoredStation.stopped(ticketCount: 10)
        let path = "tickets/10.json"
        let old = try #require(disk.text(path))
        let station = try StoredStation(disk)
        try station.run(.updateTicket(10, try TicketPatch(["response": "On my way"])), by: .operator)
        try station.service.finish(now: station.now)
        disk.killProcess()
        if what == "missing" { try disk.unlink(path) } else { disk.put(path, old) }

        let folders = DocumentFolder.all(among: try disk.list(""))
        #expect(folders.contains { $0.name == "tickets" })
        let again = try StoredStation(disk)
        #expect(again.service.findings.map(\.file) == [path])
        #expect(again.service.desk.tickets[10]?.response == "On my way")
        #expect(again.service.desk.tickets[10]?.description == "Ticket 10")
        try again.service.finish(now: again.now)
        disk.killProcess()
        let sound = try StoredStation(disk)
        #expect(sound.service.findings.isEmpty && sound.service.desk.tickets[10]?.response == "On my way")
    }

    @Test func `a document that the journal can no longer make anew is a loss`() throws {
        let disk = try StoredStation.stopped(ticketCount: 40)
        for number in 1...40 { try disk.unlink("tickets/\(number).json") }
        for path in disk.paths where path.hasPrefix("users/") || path.hasPrefix("notifications/") {
            try disk.unlink(path)
        }
        for path in ["counters/1.json", "running/1.json"] where disk.text(path) != nil { try disk.unlink(path) }
        let oldest = try #require(disk.paths.filter { $0.hasPrefix("journal/0") }.min())
        try disk.unlink(oldest)
        let losses = try losses(of: disk)
        #expect(losses.first?.problem.contains("no document is newer") == true, "\(losses)")
    }

    @Test func `a deletion that the cursor has not passed yet is no damage`() throws {
        let disk = try StoredStation.stopped(ticketCount: 5)
        let station = try StoredStation(disk)
        try station.run(.deleteTicket(5), by: .operator)
        disk.killProcess()
        // The checkpointer was killed between the document and its cursor.
        try disk.unlink("tickets/5.json")
        let again = try StoredStation(disk)
        #expect(again.service.findings.isEmpty && again.service.desk.tickets[5] == nil)
    }

    @Test func `a directory without a loss needs no permission and takes none`() throws {
        let disk = try StoredStation.stopped(ticketCount: 40)
        var options = StoredStation.options
        options.acceptsLoss = true
        disk.killProcess()
        let opening = try Opening(disk: disk, options: options)
        #expect(opening.findings.isEmpty && opening.desk.tickets[40] != nil)
    }
}
