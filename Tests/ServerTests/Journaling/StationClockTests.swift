import Bytes
import Domain
import Platform
import Testing

@testable import Fuzzing
@testable import Server
@testable import Simulation

/// What expires does so by how long the station has run, through restarts and whatever its clock is set to.
@Suite struct StationClockTests {
    private static let dayMillis: Int64 = 86_400_000

    private func create(_ key: String, at station: StoredStation) throws -> Bool {
        let (_, event) = try station.service.durable.create(
            .createTicket(TicketDraft(userID: 1, description: "x"), key: nil),
            key: try IdempotencyKey(key: key, digest: "d"), by: .user(1), now: station.now)
        try station.service.commit()
        return event != nil
    }

    private func start(_ disk: MemoryDisk, wallMillis: Int64) throws -> StoredStation {
        disk.killProcess()
        let station = try StoredStation(disk)
        station.network.now.wall = Timestamp(milliseconds: wallMillis)
        return station
    }

    @Test func `a request and its repetition are one, though the clock jumps by three days between them`() throws {
        let station = try start(try StoredStation.stopped(ticketCount: 1), wallMillis: 1_736_677_801_800)
        #expect(try create("k", at: station))
        for millis in [3 * Self.dayMillis, -30 * Self.dayMillis, 400 * Self.dayMillis] {
            station.network.now.wall = station.now.wall.advanced(byMilliseconds: millis)
            station.wait(1000)
            #expect(try !create("k", at: station))
        }
        station.wait(2 * Self.dayMillis)
        #expect(try create("k", at: station), "in the end it does expire")
    }

    @Test func `a machine without a clock of its own may boot as often as it likes`() throws {
        let disk = try StoredStation.stopped(ticketCount: 1)
        var station = try start(disk, wallMillis: 0)
        #expect(try create("k", at: station))
        for boot in 0..<8 {
            station = try start(disk, wallMillis: 0)
            #expect(try !create("k", at: station))
            station.network.now.wall = Timestamp(milliseconds: 1_736_677_801_800)
            #expect(try !create("k", at: station))
            station.wait(5 * 3_600_000)
            #expect(try create("boot \(boot)", at: station))
        }
        #expect(station.service.desk.running == 8 * 5 * 3_600_000)
        // The hours of all starts add up, from what each has noted.
        station = try start(disk, wallMillis: 0)
        station.wait(9 * 3_600_000)
        #expect(try create("k", at: station))
    }
}
