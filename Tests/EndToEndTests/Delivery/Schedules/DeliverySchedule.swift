import Foundation
import Generators
import Simulation

/// One seeded run. Clients listen and are cut off, and the station is killed, while tickets are written. Then
/// everything comes to rest, and what every user received is checked.
struct DeliverySchedule {
    /// What can happen to a client, or to the station.
    enum Cut: String, CaseIterable, Sendable {
        case reset = "resets"
        case close = "orderly ends"
        case freeze = "half-open lines"
        case deaf = "unanswered pings"
        case away = "absences"
        case stoppedProcess = "stopped processes"
        case kill = "kills of the station"
        case restart = "restarts of the station"
    }

    let seed: UInt64
    let stage: DeliveryStage
    private(set) var tally = DeliveryTally()
    private var generator: RepeatableGenerator
    /// In some schedules notifications are large and lines narrow, so that clients fall behind.
    private let padding: Int

    init(seed: UInt64, on stage: DeliveryStage) {
        self.seed = seed
        self.stage = stage
        generator = RepeatableGenerator(seed: seed)
        padding = Int.random(in: 0..<5, using: &generator) == 0 ? 2500 : 0
    }

    /// Runs the schedule and returns the objections.
    mutating func run() throws -> [String] {
        tally.schedules = 1
        let withProcess = Int.random(in: 0..<12, using: &generator) == 0 && PythonEnvironment.problem == nil
        let listeners = try makeListeners(withProcess ? 2 : Int.random(in: 2...3, using: &generator))
        defer { for listener in listeners { try? listener.end() } }
        let process = withProcess ? try makeProcess() : nil
        defer { try? process?.end() }
        if let process, try !process.isConnected(within: 20) { throw HarnessFault("steadfast.py did not connect") }
        if Int.random(in: 0..<3, using: &generator) > 0 { try wait(for: listeners) }

        let writers = makeWriters(2)
        let counts = writers.map { _ in Int.random(in: 15...50, using: &generator) }
        let group = Threads.start(writers.count) { writers[$0].write(counts[$0], pauseMicrosMax: 12_000) }
        for _ in 0..<Int.random(in: 3...6, using: &generator) {
            usleep(UInt32.random(in: 10_000...120_000, using: &generator))
            try cut(listeners, process)
        }
        try group.wait(seconds: 60)
        for listener in listeners { listener.comeBack() }

        try settle(listeners, process, writers[0])
        for listener in listeners { try listener.end() }
        try process?.end()
        let users = Set(listeners.map(\.kind.user) + (process.map { [$0.user] } ?? []))
        return stage.objections(for: users, counting: &tally)
    }

    // MARK: Clients and writers

    private mutating func makeListeners(_ count: Int) throws -> [DeliveryListener] {
        var listeners: [DeliveryListener] = []
        for index in 0..<count {
            let others = [DemoUser.driver, DemoUser.admin, DemoUser.staff]
            let user = index < 2 ? [DemoUser.admin, DemoUser.driver][index] : others.randomElement(using: &generator)
            var options = NotificationSocket.Options()
            options.way = NotificationSocket.Way.allCases.randomElement(using: &generator) ?? .webSocket
            if options.way != .plain {
                options.acknowledges = Int.random(in: 0..<4, using: &generator) == 0
                options.resumes = Int.random(in: 0..<3, using: &generator) == 0
            }
            let pause: UInt32 = [0, 3000, 15_000].randomElement(using: &generator) ?? 0
            let kind = DeliveryListener.Kind(user: user ?? DemoUser.admin, options: options, pauseMicros: pause)
            let listener = try DeliveryListener(
                kind, token: stage.tokens[kind.user] ?? "", line: stage.line, ledger: stage.ledger,
                lineBytes: padding > 0 ? 16_384 : nil)
            listener.start()
            listeners.append(listener)
        }
        return listeners
    }

    private mutating func makeProcess() throws -> StoppedClient {
        let user = [DemoUser.driver, DemoUser.admin, DemoUser.staff].randomElement(using: &generator) ?? DemoUser.admin
        let way = ["polling", "websocket", "upgrade"].randomElement(using: &generator) ?? "websocket"
        return try StoppedClient(
            user, way: way, token: stage.tokens[user] ?? "", line: stage.line, ledger: stage.ledger)
    }

    private mutating func makeWriters(_ count: Int) -> [DeliveryWriter] {
        (0..<count).map { index in
            DeliveryWriter(
                name: "s\(seed)w\(index)", line: stage.line, ledger: stage.ledger,
                driverToken: stage.tokens[DemoUser.driver] ?? "", adminToken: stage.tokens[DemoUser.admin] ?? "",
                padding: padding, seed: generator.next())
        }
    }

    private func wait(for listeners: [DeliveryListener]) throws {
        for listener in listeners where !listener.isListening(within: 15) {
            throw HarnessFault("\(listener.kind) did not connect")
        }
    }

    // MARK: Faults

    private mutating func cut(_ listeners: [DeliveryListener], _ process: StoppedClient?) throws {
        guard let listener = listeners.randomElement(using: &generator) else { return }
        let cut: Cut
        switch Int.random(in: 0..<(process == nil ? 20 : 30), using: &generator) {
        case 0..<4:
            cut = .reset
            listener.reset()
        case 4..<6:
            cut = .close
            listener.closeInOrder()
        case 6..<10:
            cut = .freeze
            listener.freezeAndLeave()
        case 10..<12:
            cut = .deaf
            listener.becomeDeaf()
        case 12..<15:
            cut = .away
            listener.goAway()
            usleep(UInt32.random(in: 0...150_000, using: &generator))
            // Otherwise it stays away until everything is written.
            if Bool.random(using: &generator) { listener.comeBack() }
        case 15..<18:
            cut = .kill
            try stage.killAndStart()
        case 18..<20:
            cut = .restart
            try stage.stopAndStart()
        default:
            cut = .stoppedProcess
            process?.stop()
            usleep(UInt32.random(in: 10_000...900_000, using: &generator))
            process?.wake()
        }
        tally.cuts[cut, default: 0] += 1
    }

    /// Brings every listener back on a clean line, and waits until each user has the last notification.
    private mutating func settle(
        _ listeners: [DeliveryListener], _ process: StoppedClient?, _ writer: DeliveryWriter
    ) throws {
        let last: [DeliveryLedger.UserID: String]
        if Bool.random(using: &generator) {
            // The last notification is live.
            for listener in listeners { listener.connectDirectly() }
            try wait(for: listeners)
            last = try writer.writeLast()
        } else {
            // The last notification is missed.
            for listener in listeners { listener.goAway() }
            last = try writer.writeLast()
            for listener in listeners { listener.connectDirectly() }
        }
        let users = Set(listeners.map(\.kind.user) + (process.map { [$0.user] } ?? []))
        let (patience, deadline) = (Deadline(seconds: 10), Deadline(seconds: 30))
        var isRelaunched = false
        while !users.allSatisfy({ stage.ledger.hasReceived($0, last[$0] ?? "") }), !deadline.isOver {
            usleep(2000)
            try process?.collect()
            if let process, patience.isOver, !isRelaunched {
                isRelaunched = true
                try process.relaunch()
            }
        }
        for user in users.sorted() where !stage.ledger.hasReceived(user, last[user] ?? "") {
            let those = listeners.filter { $0.kind.user == user }.map { "\($0.kind), \($0.isListening(within: 0))" }
            stage.ledger.note(
                fault: "user \(user) never received the last notification: \(those.joined(separator: "; "))")
        }
    }
}
