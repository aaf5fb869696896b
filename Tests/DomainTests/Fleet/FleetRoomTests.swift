import Bytes
import JSON
import Testing

@testable import Domain

/// A station whose tickets use as much memory as they may.
@Suite struct FleetRoomTests {
    private func stage() throws -> (central: Scene, station: ReportingStation) {
        var station = ReportingStation(scene: try Scene.furnished(), number: 7)
        for number in 0..<20 { try station.scene.file("ticket \(number)") }
        var central = try Scene.central(7, 8)
        try central.ingest(try station.events(), of: 7)
        return (central, station)
    }

    /// Why the newest event of the station is refused if its tickets may use `bytesMax`.
    private func fault(_ central: Scene, _ station: ReportingStation, _ bytesMax: Int) throws -> FleetBatchFault? {
        let event = try FleetEvent(try #require(try station.events().last), station: station.number)
        do {
            try central.desk.mustHaveRoom(for: event, now: central.now, bytesMax: bytesMax)
            return nil
        } catch {
            return error
        }
    }

    @Test func `a full station can still free memory, but not add to it`() throws {
        let (central, station) = try stage()
        let bytes = try #require(central.desk.fleet.tickets[7]).bytes
        #expect(central.desk.isFleetFull(for: 7, bytesMax: bytes - 1))
        #expect(!central.desk.isFleetFull(for: 7, bytesMax: bytes) && !central.desk.isFleetFull(for: 8, bytesMax: 0))
        func after(_ change: (inout Scene) throws -> Void) throws -> (full: FleetBatchFault?, free: FleetBatchFault?) {
            var later = station
            try change(&later.scene)
            return (try fault(central, later, bytes - 1), try fault(central, later, bytes))
        }
        for adding in [
            try after { try $0.file("one more") },
            try after {
                try $0.event(.addComment(ticket: 1, CommentDraft(body: "hm", isInternal: false)), by: Scene.staff)
            },
        ] {
            guard case .full(let sentence)? = adding.full else { throw Unexpected(text: "\(adding)") }
            #expect(sentence.contains("stationd central remove-station 7 --purge") && adding.free == nil)
        }
        // A ticket can be closed or deleted, and events about other things need no room.
        let close = try after { _ = try $0.patch(1, by: Scene.admin, ["status": "closed", "response": "done"]) }
        #expect(close.full == nil && close.free == nil)
        #expect(try after { try $0.event(.deleteTicket(3)) }.full == nil)
        #expect(try after { try $0.addUser("new", "new@example.com", .driver) }.full == nil)
    }

    @Test func `changes have room for a while longer than new tickets`() throws {
        var (central, station) = try stage()
        let bytes = try #require(central.desk.fleet.tickets[7]).bytes
        var count = 0
        while try fault(central, station, bytes - 1) == nil || count == 0 {
            _ = try station.scene.patch(1, by: Scene.admin, ["response": .string("number \(count)")])
            guard try fault(central, station, bytes - 1) == nil else { break }
            try central.ingest(try station.events(behind: station.scene.desk.lastSequence - 1), of: 7)
            count += 1
        }
        let grown = try #require(central.desk.fleet.tickets[7]).bytes
        #expect(count > 10 && grown <= bytes + bytes / 8 && grown > bytes + bytes / 10, "\(count) \(bytes) \(grown)")
    }

    @Test func `a snapshot of a known ticket counts as a change`() throws {
        let (central, station) = try stage()
        let bytes = try #require(central.desk.fleet.tickets[7]).bytes
        let before = station.scene.desk.lastSequence
        var later = station
        try later.scene.file("one more")
        let pass = try later.pass(behind: before, through: later.scene.desk.lastSequence)
        let faults = try pass.map { element in
            let event = try FleetEvent(element, station: 7)
            return refusesForRoom { () throws(FleetBatchFault) in
                try central.desk.mustHaveRoom(for: event, now: central.now, bytesMax: bytes - 1)
            }
        }
        #expect(faults == Array(repeating: false, count: 20) + [true, false])
    }

    private func refusesForRoom(_ body: () throws(FleetBatchFault) -> Void) -> Bool {
        do {
            try body()
            return false
        } catch {
            return true
        }
    }
}
