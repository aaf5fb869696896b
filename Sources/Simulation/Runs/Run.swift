import Bytes
import Crypto
import HTTP
import JSON
import Server

/// A plan carried out: the machines, the people, the faults, and all the checks on the way.
public final class Run {
    /// The result of a run.
    public struct Outcome: Sendable {
        /// The first broken promise, if any.
        public let failure: Failure?
        /// The hash of the trace. Equal plans give equal hashes.
        public let hash: UInt64
        /// The story in sentences, if it was kept.
        public let lines: [String]
        /// How much was done.
        public let tally: Tally
    }

    /// How much was done, in one run or in several.
    public struct Tally: Sendable {
        /// The number of changes answered with success.
        public var requests = 0
        /// The number of notifications received, repetitions included.
        public var notifications = 0
        /// The number of processes of both machines that were killed, lost power or failed.
        public var crashes = 0
        /// The number of starts of both machines, failed ones included.
        public var starts = 0
        /// The number of calls on disks that failed.
        public var diskFaults = 0
        /// The number of copies of a disk that were opened and compared with the live state.
        public var replays = 0
        /// The number of times that a disk was looked at as if the power failed at that moment.
        public var durabilityChecks = 0
        /// Simulated time, in seconds.
        public var seconds: Double = 0

        /// Creates a tally of nothing.
        public init() {}

        /// Adds what was done in other runs.
        public static func += (left: inout Tally, right: Tally) {
            left.requests += right.requests
            left.notifications += right.notifications
            left.crashes += right.crashes
            left.starts += right.starts
            left.diskFaults += right.diskFaults
            left.replays += right.replays
            left.durabilityChecks += right.durabilityChecks
            left.seconds += right.seconds
        }
    }

    static let stationAddress = IPAddress.ipv4(0x0A00_0001)
    static let centralAddress = IPAddress.ipv4(0x0A00_0002)
    static let stationNumber: Int64 = 7
    static let password = "everybody's password"
    private static let upstreamToken = "0123456789abcdef0123456789abcdef"
    private static let upstreamTokenDigest = Hex.encode(SHA256.hash(Array(upstreamToken.utf8)))
    static let people: [(id: Int64, name: String, role: String)] = [
        (1, "driver-a", "driver"), (2, "driver-b", "driver"), (3, "admin-a", "admin"), (4, "admin-b", "admin"),
        (5, "staff", "station_staff"),
    ]
    /// The users who are notified of a new ticket.
    static let audience: Set<Int64> = [3, 4, 5]

    let plan: Plan
    let world: World
    let internet: Internet
    let ledger: DeliveryLedger
    let book = TicketBook()
    let station: Appliance
    let central: Appliance?
    private(set) var writers: [Writer] = []
    private(set) var listeners: [ListeningClient] = []
    private var tokens: [Int64: String] = [:]
    private var centralToken = ""
    var commander: HTTPCaller?
    var commandCount = 0
    var tally = Tally()
    var backup: MemoryDisk?
    /// Whether a backup was restored, so that earlier answers and notifications no longer bind the station.
    var isRestored = false
    /// The groups of faults that have happened so far.
    var happened: Set<Shape.FaultGroup> = []
    /// Whether the journal may lack records, so that notifications may be missing, which users are told of as gaps, and
    /// documents cannot be mended.
    var mayMiss: Bool { isRestored || plan.shape.isJournalSmall }

    /// Creates the world of a plan: its machines, not yet started, and the network between them.
    ///
    /// - Parameters:
    ///   - bug: a bug to plant in the station or in the central server.
    ///   - keepsLines: whether the story is kept in sentences.
    public init(_ plan: Plan, bug: PlantedBug? = nil, keepsLines: Bool = false) {
        self.plan = plan
        let shape = plan.shape
        world = World(seed: plan.seed &* 0x9E37_79B9 &+ 17)
        world.trace.keepsLines = keepsLines
        internet = Internet(world)
        ledger = DeliveryLedger(digestAbove: shape.digestAbove) { 0 }
        internet.makeRoad = {
            let road = Road()
            road.latencyMicros = shape.latencyMicros
            road.jitterMicros = shape.jitterMicros
            road.windowBytes = shape.windowBytes
            road.cutPercent = shape.cutPercent
            road.singleBytePercent = shape.singleBytePercent
            return road
        }
        station = Appliance(
            "station", at: Self.stationAddress, Self.stationConfiguration(shape), world, internet,
            bug: bug?.isCentral == false ? bug : nil)
        central =
            shape.hasCentral
            ? Appliance(
                "central", at: Self.centralAddress, Self.centralConfiguration(shape), world, internet,
                bug: bug?.isCentral == true ? bug?.mistake : nil)
            : nil
        for machine in [station, central] {
            machine?.turnMicrosMax = shape.turnMicrosMax
            machine?.syncMicrosMax = shape.syncMicrosMax
            machine?.interleavingPercent = shape.interleavingPercent
            machine?.faults.writesPart = shape.writesPart
            machine?.descriptorsMax = shape.descriptorsMax
            machine?.childDeathPercent = shape.childDeathPercent
        }
    }

    private static func limits(_ shape: Shape) -> Limits {
        var limits = Limits()
        limits.segmentBytes = shape.segmentBytes
        limits.pingIntervalMillis = shape.pingIntervalMillis
        limits.pingTimeoutMillis = shape.pingTimeoutMillis
        limits.sendWindowBytesMax = shape.sendWindowBytes
        limits.earlyPingFloorMillis = 100
        // Some drivers file more than a real one may.
        limits.driverOpenTicketsMax = 0
        limits.drainTimeoutMillis = 500
        // A writer works as fast as it is answered, and every refusal needs a fault that explains it.
        limits.driverWritesPerMinuteMax = 0
        limits.staffWritesPerMinuteMax = 0
        limits.passwordsPerMinutePerAccountMax = 0
        if shape.isJournalSmall { limits.journalBytesMax = 4 * shape.segmentBytes }
        return limits
    }

    private static func stationConfiguration(_ shape: Shape) -> Configuration {
        var configuration = Configuration()
        configuration.stationID = stationNumber
        configuration.limits = limits(shape)
        configuration.notificationsDigestAbove = shape.digestAbove
        if shape.hasCentral {
            let host = shape.usesHostName ? "central.example" : "10.0.0.2"
            configuration.upstream.urls = UpstreamURL("http://\(host):\(Appliance.port)").map { [$0] } ?? []
            configuration.upstream.token = upstreamToken
            let key = CommandKey(
                seed: Appliance.commandSeed, member: UInt32(stationNumber), tokenDigest: upstreamTokenDigest)
            configuration.upstream.commandKeys = key.map { [$0] } ?? []
            configuration.upstream.intervalSeconds = 2
        }
        return configuration
    }

    private static func centralConfiguration(_ shape: Shape) -> Configuration {
        var configuration = Configuration()
        configuration.isCentral = true
        configuration.stationID = 1
        configuration.limits = limits(shape)
        return configuration
    }

    // MARK: The run

    /// Carries out the plan, lets the system come to rest, and checks it. A run can be carried out once only.
    public func run() -> Outcome {
        setUp()
        let callsOfSetUp = station.process?.life.callCount ?? 0
        for step in plan.steps {
            world.run(until: step.at)
            guard world.failure == nil else { break }
            world.tell("→ \(step.act.text)")
            perform(step.act)
        }
        // The last steps need a moment to take effect.
        world.run(until: world.now + 300_000)
        stationCallCount = max(0, (station.process?.life.callCount ?? 0) - callsOfSetUp)
        if world.failure == nil { settle() }
        return finish()
    }

    private func finish() -> Outcome {
        for machine in [station, central].compactMap({ $0 }) {
            tally.crashes += machine.crashCount
            tally.starts += machine.startCount
            tally.diskFaults += machine.faults.count
        }
        tally.requests = book.answeredCount
        tally.seconds = Double(world.now) / 1_000_000
        internet.dismantle()
        world.dismantle()
        commander?.abort()
        return Outcome(failure: world.failure, hash: world.trace.hash, lines: world.trace.lines, tally: tally)
    }

    private func setUp() {
        central?.start()
        if let central {
            _ = central.control(
                .post, "/users",
                [
                    "email": "central@example.com", "username": "central", "role": "admin",
                    "password_hash": .string(Appliance.hash(Self.password)),
                ])
            _ = central.control(
                .post, "/fleet",
                [
                    "station_id": .integer(Self.stationNumber), "token_sha256": .string(Self.upstreamTokenDigest),
                    "name": "a station",
                ])
            centralToken = Self.token(central, "central@example.com")
            commander = HTTPCaller(world, internet, from: .ipv4(0x0A00_0300), to: Self.centralAddress)
        }
        station.start()
        _ = station.control(.post, "/stations", ["name": "A station", "address": "1 Example Street"])
        for person in Self.people {
            let email = "\(person.name)@example.com"
            var body: JSONObject = [
                "email": .string(email), "username": .string(person.name), "role": .string(person.role),
                "password_hash": .string(Appliance.hash(Self.password)),
            ]
            if person.role == "station_staff" { body["station_id"] = 1 }
            _ = station.control(.post, "/users", .object(body))
        }
        signIn()
        makePeople()
        for machine in [station, central].compactMap({ $0 }) {
            machine.onStart = { [weak self, weak machine] in
                guard let self, let machine else { return }
                // Tokens name the epoch.
                if isRestored, machine === station { signIn() }
                checkAfterStart(machine)
            }
        }
    }

    private func signIn() {
        for person in Self.people {
            let token = Self.token(station, "\(person.name)@example.com")
            if !token.isEmpty { tokens[person.id] = token }
        }
        station.adminToken = tokens[3] ?? ""
    }

    /// A token that is good however the machine's clock is set from now on: it is made before, and lasts for longer.
    private static func token(_ machine: Appliance, _ email: String) -> String {
        let millis = Appliance.wallOffsetMillisMax + 1
        machine.shiftClock(byMillis: -millis)
        defer { machine.shiftClock(byMillis: millis) }
        let body: JSONValue = ["user": .string(email), "hours": 8760]
        return machine.control(.post, "/tokens", body)["access_token"]?.stringValue ?? ""
    }

    private func makePeople() {
        for number in 0..<plan.shape.writerCount {
            let address = IPAddress.ipv4(0x0A00_0100 + UInt32(number))
            let writer = Writer(
                "w\(number)", world, HTTPCaller(world, internet, from: address, to: Self.stationAddress), ledger, book,
                driver: Self.people[number % 2].id, email: "\(Self.people[number % 2].name)@example.com",
                audience: Self.audience, padding: plan.shape.padding,
                // Through a small window a long list takes a while, and an answer may wait for two synchronizations.
                patience: (plan.shape.windowBytes <= 16_384 ? 40_000_000 : 3_000_000) + 4 * plan.shape.syncMicrosMax
            ) { [weak self] in self?.tokens[$0] ?? "" }
            writer.onAnswer = { [weak self] in self?.checkDurability() }
            writer.onList = { [weak self] in self?.checkDurability(ofList: $0) }
            writer.isExplained = { [weak self] in self?.isExplained($0) ?? true }
            writers.append(writer)
        }
        let silence = Int64(plan.shape.pingIntervalMillis + plan.shape.pingTimeoutMillis) * 1000 + 1_000_000
        for (number, kind) in plan.shape.listeners.enumerated() {
            let listener = ListeningClient(
                "l\(number)", kind, world, internet, from: .ipv4(0x0A00_0200 + UInt32(number)),
                to: Self.stationAddress, ledger, silenceMicrosMax: silence
            ) { [weak self] in self?.tokens[kind.user] ?? "" }
            listener.onNotification = { [weak self] in self?.checkDurability(of: $0) }
            listener.onGap = { [weak self] gap in
                // A restored backup lacks the texts of notifications, and a small journal drops its oldest records.
                guard let self, !mayMiss else { return }
                world.fail(.delivery, "user \(kind.user) is told of a gap for no reason: \(gap)")
            }
            listeners.append(listener)
            listener.comeBack()
        }
    }

    /// The number of calls on disk and network that the station's process made between setting up and settling.
    private(set) var stationCallCount = 0

    // MARK: Central commands

    func command() {
        guard let commander, !commander.isBusy else { return }
        guard let id = book.certain.randomElement(using: &world.random) else { return }
        commandCount += 1
        let text = "command \(commandCount)"
        // The ticket's driver hears of it once the station has carried it out, whenever that is.
        _ = ledger.begin(
            .init(kind: .commented, mark: text, receivers: Set([book.owner(of: id)].compactMap { $0 })),
            at: UInt64(world.now))
        commander.request(
            .post, "/api/v1/stations/\(Self.stationNumber)/support/\(id)/comments", centralFields,
            (["body": .string(text)] as JSONValue).encoded(), patienceMicros: 5_000_000
        ) { [self] response in
            if let response, (200..<300).contains(response.status.rawValue) { book.accepted(id, text) }
        }
    }

    var centralFields: HTTPFields {
        ["Authorization": "Bearer \(centralToken)", "Content-Type": "application/json"]
    }

    var stationFields: HTTPFields { ["Authorization": "Bearer \(tokens[3] ?? "")"] }
}
