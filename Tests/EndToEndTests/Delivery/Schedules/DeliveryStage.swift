import Foundation
import Generators
import JSON
import Simulation

/// A demonstration station on which schedules run one after the other, and everything known about it.
final class DeliveryStage {
    let station: StationProcess
    let line = StationLine()
    let ledger: DeliveryLedger
    let tokens: [DeliveryLedger.UserID: String]
    /// The number of each user's connections that earlier schedules have checked.
    private var checked: [DeliveryLedger.UserID: Int] = [:]
    private var reported: Set<String> = []
    private var counted: [DeliveryLedger.UserID: (receipts: Int, duplicates: Int, owed: Int)] = [:]

    /// Starts a station whose limits let everything happen in a hundredth of the default time.
    init(_ generator: inout RepeatableGenerator) throws {
        let digestAbove = Int.random(in: 3...40, using: &generator)
        let limits = [
            ("ping_interval_millis", Int.random(in: 100...300, using: &generator)),
            ("ping_timeout_millis", Int.random(in: 300...600, using: &generator)),
            ("early_ping_floor_millis", Int.random(in: 10...100, using: &generator)),
            ("proof_store_millis", Int.random(in: 10...300, using: &generator)),
            ("send_window_bytes_max", Bool.random(using: &generator) ? 16_384 : 262_144),
            ("drain_timeout_millis", 200), ("sockets_per_user_max", 100), ("connections_per_address_max", 1000),
        ]
        let settings: [(String, JSONValue)] = [("notifications", ["digest_above": .integer(Int64(digestAbove))])]
        ledger = DeliveryLedger(digestAbove: digestAbove) { MonotonicNanos.now }
        station = try StationProcess(.init(limits: limits, settings: settings))
        do {
            try station.start()
            let (driver, admin, staff) = try station.demoClients()
            tokens = [
                DemoUser.driver: driver.token ?? "", DemoUser.admin: admin.token ?? "",
                DemoUser.staff: staff.token ?? "",
            ]
        } catch {
            station.remove()
            throw error
        }
        line.port = station.port
    }

    func remove() { station.remove() }

    /// Sends SIGKILL and starts the process again.
    func killAndStart() throws {
        // Reset the line before the port is free: the next station to listen there may be another lane's.
        line.port = 0
        station.kill()
        try start()
    }

    /// Sends SIGTERM, waits for a clean end, and starts the process again.
    func stopAndStart() throws {
        line.port = 0
        let exit = station.stop()
        guard exit == .code(0) else { throw HarnessFault("SIGTERM ended with \(exit?.description ?? "nothing")") }
        try start()
    }

    private func start() throws {
        try station.start()
        line.port = station.port
    }

    /// The objections to what these users have received so far.
    func objections(for users: Set<DeliveryLedger.UserID>, counting tally: inout DeliveryTally) -> [String] {
        var texts = ledger.drainFaults()
        for user in users.sorted() {
            let history = ledger.history(of: user)
            let objections = DeliveryChecker.objections(to: history, fromConnection: checked[user] ?? 0)
            // What is missing stays missing, so report it only once.
            texts += objections.map { "user \(user): \($0)" }.filter { reported.insert($0).inserted }
            checked[user] = history.connections.count
            count(history, of: user, &tally)
        }
        return texts
    }

    private func count(_ history: DeliveryHistory, of user: DeliveryLedger.UserID, _ tally: inout DeliveryTally) {
        let receipts = history.connections.flatMap(\.receipts)
        let now = (
            receipts: receipts.count, duplicates: receipts.count - Set(receipts.map(\.sequence)).count,
            owed: history.writes.count { $0.answered != nil }
        )
        let before = counted[user] ?? (0, 0, 0)
        tally.received += now.receipts - before.receipts
        tally.duplicates += now.duplicates - before.duplicates
        tally.owed += now.owed - before.owed
        counted[user] = now
    }
}

/// The figures of what was done and seen.
struct DeliveryTally: Sendable {
    var schedules = 0
    var cuts: [DeliverySchedule.Cut: Int] = [:]
    /// Notifications whose request was answered, counted once per receiver.
    var owed = 0
    var received = 0
    /// Notifications received again, which must be marked as replayed.
    var duplicates = 0

    mutating func add(_ other: DeliveryTally) {
        schedules += other.schedules
        cuts.merge(other.cuts, uniquingKeysWith: +)
        owed += other.owed
        received += other.received
        duplicates += other.duplicates
    }
}

extension DeliveryTally: CustomStringConvertible {
    var description: String {
        let names = DeliverySchedule.Cut.allCases.map { "\(cuts[$0] ?? 0) \($0.rawValue)" }
        return "\(schedules) schedules, \(names.joined(separator: ", ")); \(owed) notifications owed, "
            + "\(received) received, \(duplicates) of them replayed duplicates"
    }
}
