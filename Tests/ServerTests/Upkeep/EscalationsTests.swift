import Bytes
import Domain
import Platform
import Simulation
import Testing

@testable import Server

/// When a ticket that nobody takes is announced again.
@Suite struct EscalationsTests {
    private static var options: StationService.Options {
        var options = StoredStation.options
        options.configuration.escalationUrgentMinutes = 10
        options.configuration.escalationHighMinutes = 30
        return options
    }

    private func station(_ disk: MemoryDisk = MemoryDisk()) throws -> StoredStation {
        try StoredStation(disk, options: Self.options)
    }

    private func begin() throws -> StoredStation {
        let station = try station()
        let draft = UserDraft(username: "dee", email: "dee@example.com", password: "password", role: .driver)
        try station.run(.createUser(draft, passwordHash: "$y$hash"), by: .operator)
        return station
    }

    private func file(_ priority: TicketPriority, at station: StoredStation) throws {
        try station.run(
            .createTicket(TicketDraft(userID: 1, description: "x", priority: priority), key: nil), by: .user(1))
        station.service.release(through: station.loop, now: station.now)
    }

    /// Lets time pass and does what is due; returns the tickets that were escalated so far.
    private func escalated(at station: StoredStation, after minutes: Int64) throws -> [Identifier] {
        station.wait(minutes * 60_000)
        for _ in 0..<4 { station.service.expire(through: station.loop, now: station.now) }
        try station.service.commit()
        station.service.release(through: station.loop, now: station.now)
        let tickets = try station.service.desk.tickets(TicketFilter(), for: .operator).tickets
        return tickets.filter { $0.escalatedAt != nil }.map(\.id).sorted()
    }

    @Test func `each waits for its time, and is announced once`() throws {
        let station = try begin()
        _ = try escalated(at: station, after: 0)
        for priority: TicketPriority in [.urgent, .high, .medium, .urgent] { try file(priority, at: station) }
        #expect(try escalated(at: station, after: 9) == [])
        // One was taken in time.
        var patch = TicketPatch()
        patch.status = .set(.inProgress)
        try station.run(.updateTicket(4, patch), by: .operator)
        station.service.release(through: station.loop, now: station.now)
        #expect(try escalated(at: station, after: 1) == [1])
        let sequence = station.service.lastSequence
        #expect(try escalated(at: station, after: 15) == [1])
        #expect(station.service.lastSequence == sequence)
        #expect(try escalated(at: station, after: 5) == [1, 2])
        #expect(try escalated(at: station, after: 10_000) == [1, 2])
    }

    @Test func `a restart neither forgets nor repeats`() throws {
        let first = try begin()
        _ = try escalated(at: first, after: 0)
        try file(.urgent, at: first)
        #expect(try escalated(at: first, after: 10) == [1])
        try file(.urgent, at: first)
        try first.service.finish(now: first.now)
        first.disk.killProcess()
        let second = try station(first.disk)
        let sequence = second.service.lastSequence
        #expect(try escalated(at: second, after: 0) == [1])
        #expect(try escalated(at: second, after: 9) == [1])
        #expect(try escalated(at: second, after: 1) == [1, 2])
        #expect(second.service.lastSequence == sequence + 1)
    }

    @Test func `a more urgent ticket waits anew, by the shorter time`() throws {
        let station = try begin()
        _ = try escalated(at: station, after: 0)
        try file(.low, at: station)
        #expect(try escalated(at: station, after: 500) == [])
        var patch = TicketPatch()
        patch.priority = .set(.urgent)
        try station.run(.updateTicket(1, patch), by: .operator)
        station.service.release(through: station.loop, now: station.now)
        #expect(try escalated(at: station, after: 9) == [])
        #expect(try escalated(at: station, after: 1) == [1])
    }

    @Test func `nothing is escalated by default`() throws {
        let station = try StoredStation()
        let draft = UserDraft(username: "dee", email: "dee@example.com", password: "password", role: .driver)
        try station.run(.createUser(draft, passwordHash: "$y$hash"), by: .operator)
        try file(.urgent, at: station)
        #expect(try escalated(at: station, after: 100_000) == [])
    }
}
