import Bytes
import Crypto
import Domain
import Gateway
import HTTP
import JSON
import Platform
import Server
import Store

/// A machine with its disk, and the station or central server on it, from the first start through all crashes.
final class Appliance {
    /// How a process ends.
    enum End: String, CaseIterable {
        /// By SIGKILL: the kernel keeps everything it has written.
        case killed
        /// By a power cut: unsynchronized writes may survive, vanish, or be torn or garbage.
        case withoutPower = "without power"
    }

    /// A running process.
    final class Process {
        let life: ProcessLife
        let disk: ProcessDisk
        let network: ProcessNetwork
        let service: StationService
        let gateway: EventLoop
        var children: [ProcessLife] = []
        /// It is busy with its last turn until this time.
        var busyUntil: Int64 = 0
        var turnPlannedAt: Int64?
        /// The number of turns in a row without an event and without a deadline ahead.
        var idleTurns = 0
        /// The number of turns of the loop.
        var turns = 0

        init(
            _ life: ProcessLife, _ disk: ProcessDisk, _ network: ProcessNetwork, _ service: StationService,
            _ gateway: EventLoop
        ) {
            self.life = life
            self.disk = disk
            self.network = network
            self.service = service
            self.gateway = gateway
        }
    }

    static let port: UInt16 = 8080
    /// A loop that turns more often than this without an event, and without waiting for one, spins.
    private static let idleTurnsMax = 20_000

    let name: String
    let address: IPAddress
    let world: World
    let internet: Internet
    let bug: PlantedBug?
    var configuration: Configuration
    let secret: [UInt8]
    private(set) var disk = MemoryDisk()
    let faults = DiskFaults()
    private(set) var process: Process?
    /// How the process ends if it dies within a turn, and how long the machine stays down after that.
    private var ending: (end: End, downMicros: Int64)?
    /// For each of the next starts, the number of calls after which it dies: a crash within recovery.
    var callsOfNextStarts: [Int] = []
    /// Whether the power fails when a start dies; nil: half of the time.
    var losesPowerInStart: Bool?
    /// Whether the plan has damaged bytes of this disk.
    var isDamaged = false
    private(set) var startCount = 0
    private(set) var crashCount = 0
    private var wallOffsetMillis: Int64 = 0 { didSet { process?.network.wallOffsetMillis = wallOffsetMillis } }
    var clockStandsStill = false
    /// The number of descriptors that the process may have, for connections and files together.
    var descriptorsMax = 1_000 { didSet { process?.network.descriptorsMax = descriptorsMax } }
    private var random: SeededGenerator
    /// The longest turn, in microseconds.
    var turnMicrosMax: Int64 = 200
    /// The percentage of a child's calls on the disk before which others go on for a while.
    var interleavingPercent = 10
    /// The percentage of children that are killed within one of their calls.
    var childDeathPercent = 0
    /// Called after each successful start, before the first turn.
    var onStart: () -> Void = {}

    init(
        _ name: String, at address: IPAddress, _ configuration: Configuration, _ world: World, _ internet: Internet,
        bug: PlantedBug?
    ) {
        self.name = name
        self.address = address
        self.configuration = configuration
        self.world = world
        self.internet = internet
        self.bug = bug
        random = SeededGenerator(seed: world.random.next())
        secret = Array("a secret of the simulation, \(name)".utf8) + [UInt8](repeating: 7, count: 16)
    }

    /// With this a central server signs its commands.
    static let commandSeed = [UInt8](repeating: 5, count: 32)

    private var options: StationService.Options { options(epoch: "e\(world.random.number(0...UInt64.max))") }

    private func options(epoch: String) -> StationService.Options {
        var options = StationService.Options(
            configuration: configuration, secret: secret, newEpoch: epoch,
            readSystemFile: { path in
                path == "/etc/hosts" ? Array("10.0.0.2 central.example\n127.0.0.1 localhost\n".utf8) : nil
            })
        options.commandSeed = Self.commandSeed
        return options
    }

    // MARK: Starting

    /// Starts the process. If it dies or fails in its start, it is started again after a second, as a service manager
    /// would.
    func start() {
        guard process == nil else { return }
        startCount += 1
        internet.powerOn(address)
        // A start puts files that it cannot read aside for good. Other tests cover that.
        faults.failingReads = 0
        let life = ProcessLife()
        if !callsOfNextStarts.isEmpty { life.callsLeft = callsOfNextStarts.removeFirst() }
        let processDisk = ProcessDisk(disk, life, faults, bug: bug)
        let network = ProcessNetwork(world, life, internet, at: address, bug: bug)
        network.wallOffsetMillis = wallOffsetMillis
        network.descriptorsMax = descriptorsMax
        network.clockStandsStill = clockStandsStill
        processDisk.mayOpen = { [weak network, weak processDisk] in
            guard let network, let processDisk else { return true }
            return network.openCount + processDisk.openCount < network.descriptorsMax
        }
        network.otherDescriptorCount = { [weak processDisk] in processDisk?.openCount ?? 0 }
        let service: StationService
        let faultsBefore = faults.failureCount
        do throws(StoreError) {
            service = try StationService(disk: processDisk, options: options, now: network.moment)
        } catch {
            let isExplained = !life.isAlive || faults.failureCount > faultsBefore
            world.tell("\(name) does not start: \(life.isAlive ? "\(error)" : "it dies in recovery")")
            if !isExplained { world.fail(.startFails, "\(name): \(error)") }
            life.die()
            // The power may fail in recovery too.
            if isExplained, losesPowerInStart ?? random.chance(50) { losePower() }
            return world.after(1_000_000) { [weak self] in self?.start() }
        }
        guard life.isAlive else {
            if losesPowerInStart ?? random.chance(50) { losePower() }
            return world.after(1_000_000) { [weak self] in self?.start() }
        }
        life.callsLeft = nil
        if !faults.isFull { faults.recovered() }
        judge(service.findings)
        let planted = bug.map {
            PlantedService(service.handlers, $0, adminToken: { [weak self] in self?.adminToken ?? "" })
        }
        let gateway = EventLoop(
            network: network, service: planted?.handlers ?? service.handlers,
            settings: GatewaySettings(configuration), log: Log(level: .info),
            random: SeededGenerator(seed: random.next()), now: network.moment)
        let process = Process(life, processDisk, network, service, gateway)
        self.process = process
        network.onReady = { [weak self, weak process] in
            guard let self, let process else { return }
            wake(process)
        }
        network.startChild = { [weak self, weak process] job, connection in
            guard let self, let process else { return }
            plan(job, connection, of: process)
        }
        network.startSync = { [weak self, weak process] request in
            guard let self, let process else { return }
            plan(request, of: process)
        }
        world.tell("\(name) is up, with events up to \(service.desk.lastSequence)")
        world.trace.note(1, service.desk.lastSequence)
        onStart()
        _ = try? gateway.listen(on: .tcp(host: "0.0.0.0", port: Self.port))
        wake(process)
    }

    /// The token with which `PlantedBug.wrongCaller` answers requests.
    var adminToken = ""

    private func judge(_ findings: [Finding]) {
        for finding in findings {
            world.tell("\(name) finds \(finding)")
            guard finding.severity == .damage, !isDamaged else { continue }
            world.fail(.damage, "\(name): \(finding)")
        }
    }

    /// Carries out a control request between two turns, as the commands of `stationd` do.
    func control(_ method: HTTPMethod, _ path: String, _ body: JSONValue? = nil) -> JSONValue {
        guard let process else { return .null }
        let fields: HTTPFields = body == nil ? [:] : ["Content-Type": "application/json"]
        guard
            let request = try? HTTPRequest(
                method: method, target: "/control/v1" + path, fields: fields, body: body?.encoded() ?? [])
        else { return .null }
        let now = process.network.moment
        let response = process.service.control(request, now: now)
        guard process.service.lastSequence > process.service.durableSequence else {
            return (try? JSONParser.parse(response.body)) ?? .null
        }
        do {
            try process.service.commit()
        } catch {
            return .null
        }
        return (try? JSONParser.parse(response.body)) ?? .null
    }

    /// Sets its clock. It never differs from the true time by more than 170 days, so that tokens stay valid.
    func jump(byMillis millis: Int64) {
        wallOffsetMillis = min(max(wallOffsetMillis + millis, -Self.wallOffsetMillisMax), Self.wallOffsetMillisMax)
    }

    static let wallOffsetMillisMax: Int64 = 170 * 86_400_000

    /// Moves its clock, however far it then differs from the true time.
    func shiftClock(byMillis millis: Int64) { wallOffsetMillis += millis }

    // MARK: Turns

    private func wake(_ process: Process) {
        let time = max(world.now, process.busyUntil)
        if let planned = process.turnPlannedAt, planned <= time { return }
        process.turnPlannedAt = time
        world.at(time) { [weak self, weak process] in
            guard let self, let process, self.process === process, process.turnPlannedAt == time else { return }
            process.turnPlannedAt = nil
            turn(process)
        }
    }

    private func turn(_ process: Process) {
        process.turns += 1
        var goesOn = false
        var problem: ServiceFailure?
        do throws(ServiceFailure) {
            goesOn = try process.gateway.turn()
        } catch {
            problem = error
        }
        guard process.life.isAlive else {
            let (end, down) = ending ?? (.killed, 1_000_000)
            ending = nil
            return bury(process, end, downMicros: down)
        }
        if let problem {
            // A process whose synchronization failed ends itself, and is started again.
            world.tell("\(name) ends: \(problem.description)")
            process.life.die()
            return bury(process, .killed, downMicros: 1_000_000)
        }
        guard goesOn else { return finish(process) }
        process.busyUntil = world.now + 5 + random.number(0...turnMicrosMax)
        let network = process.network
        let deadline = network.lastDeadline.map { ProcessNetwork.micros(of: $0) }
        if network.hadEvents || network.isReady || (deadline ?? .max) <= world.now {
            process.idleTurns = network.hadEvents ? 0 : process.idleTurns + 1
            if process.idleTurns > Self.idleTurnsMax {
                return world.fail(.spin, "\(name) has made \(process.idleTurns) turns without an event")
            }
            wake(process)
        } else {
            process.idleTurns = 0
            if let deadline { planTurn(process, at: deadline) }
        }
    }

    private func planTurn(_ process: Process, at deadline: Int64) {
        world.at(deadline) { [weak self, weak process] in
            guard let self, let process, self.process === process else { return }
            wake(process)
        }
    }

    // MARK: Ending

    /// Ends the process: now, between two turns, or within the call that follows `calls` more.
    func crash(_ end: End, afterCalls calls: Int?, downMicros: Int64) {
        guard let process else { return }
        if let calls {
            ending = (end, downMicros)
            process.life.callsLeft = calls
        } else {
            process.life.die()
            bury(process, end, downMicros: downMicros)
        }
    }

    private func bury(_ process: Process, _ end: End, downMicros: Int64) {
        crashCount += 1
        world.tell("\(name) is \(end.rawValue), after \(process.turns) turns")
        world.trace.note(2, UInt64(process.turns))
        self.process = nil
        for child in process.children { child.die() }
        switch end {
        case .killed: process.network.closeAll()
        case .withoutPower:
            process.network.powerOff()
            losePower()
        }
        world.after(downMicros) { [weak self] in self?.start() }
    }

    private func losePower() { disk = disk.losePower(random.chance(50) ? .ordered : .independent, using: &random) }

    /// Stops the process with SIGTERM. It is started again after `pauseMicrosAfterStop`.
    func stop() { process?.network.signal(.terminate) }

    /// How long the machine stays down after an orderly stop, in microseconds; nil: for good.
    var pauseMicrosAfterStop: Int64? = 500_000

    private func finish(_ process: Process) {
        do {
            try process.service.finish(now: process.network.moment)
        } catch {
            world.tell("\(name): the last checkpoint failed: \(error)")
        }
        guard process.life.isAlive else {
            let (end, down) = ending ?? (.killed, 1_000_000)
            ending = nil
            return bury(process, end, downMicros: down)
        }
        world.tell("\(name) has stopped")
        let open = process.network.openCount
        if open > 0 { world.fail(.leak, "\(name) has stopped and left \(open) descriptors open") }
        self.process = nil
        for child in process.children { child.die() }
        process.life.die()
        process.network.closeAll()
        if let pause = pauseMicrosAfterStop { world.after(pause) { [weak self] in self?.start() } }
    }

    // MARK: Synchronizing

    /// The longest synchronization of the journal, in microseconds.
    var syncMicrosMax: Int64 = 0

    private func plan(_ request: SyncRequest, of process: Process) {
        guard let sync = process.disk.beginSynchronizing(request) else { return }
        let micros = syncMicrosMax == 0 ? 0 : random.number(syncMicrosMax / 10...syncMicrosMax)
        if bug == .syncEndsEarly { process.network.synchronized(.durable) }
        world.after(micros) { [weak self, weak process] in
            guard let self, let process, self.process === process, process.life.isAlive else { return }
            let outcome = process.disk.finish(sync)
            if bug != .syncEndsEarly { process.network.synchronized(outcome) }
        }
    }

    // MARK: Children

    private func plan(_ job: ChildJob, _ connection: ConnectionID, of process: Process) {
        world.after(1_000 + random.number(0...5_000)) { [weak self, weak process] in
            guard let self, let process, self.process === process else { return }
            let output = run(job, of: process)
            guard self.process === process else { return }
            process.network.childEnded(connection, output: output)
        }
    }

    private func run(_ job: ChildJob, of process: Process) -> [UInt8] {
        let life = ProcessLife()
        process.children.append(life)
        if random.chance(childDeathPercent) { life.callsLeft = random.number(0...80) }
        let disk = ProcessDisk(disk, life, faults, bug: bug)
        disk.pause = { [weak self] in self?.letOthersGoOn() }
        var result: JSONValue = ["done": true]
        do throws(StoreError) {
            switch job {
            case .checkpoint(let behind, let through, _):
                if bug == .checkpointAheadOfDocuments {
                    try Cursors.write(disk, reader: Cursors.checkpointer, sequence: through)
                } else {
                    let outcome = try StationCheckpoint.run(
                        disk, behind: behind, through: through, onFailure: { [self] in judge($0) })
                    judge(outcome.findings)
                    result = StationCheckpoint.result(of: outcome)
                }
            case .prepareSegment(let bytes): try SegmentPreparation.run(disk, bytes: bytes)
            case .hashPassword(let password): result = ["hash": .string(Self.hash(password))]
            case .verifyPassword(let password, let hash): result = ["match": .bool(Self.hash(password) == hash)]
            }
        } catch {
            result = ["error": .string("\(error)")]
        }
        process.children.removeAll { $0 === life }
        // A child that was killed has written nothing.
        guard life.isAlive else { return [] }
        life.die()
        return result.encoded()
    }

    private func letOthersGoOn() {
        guard random.chance(interleavingPercent) else { return }
        world.run(until: world.now + random.number(0...3_000))
    }

    /// Replaces yescrypt, which would be slow.
    static func hash(_ password: String) -> String { "$y$" + Hex.encode(SHA256.hash(Array(password.utf8))) }

    // MARK: Comparing

    /// The state that a process would find on this disk. If it cannot open the disk, returns nil and records a failure.
    func state(on disk: MemoryDisk) -> Desk? {
        let life = ProcessLife()
        let view = ProcessDisk(disk, life, DiskFaults(), bug: nil)
        disk.killProcess()
        let now = Moment(
            wall: Timestamp(milliseconds: ProcessNetwork.firstMillis), monotonic: MonotonicTime(milliseconds: 0))
        do {
            return try StationService(disk: view, options: options(epoch: "copy"), now: now).desk
        } catch {
            world.fail(.startFails, "a copy of \(name)'s disk: \(error)")
            return nil
        }
    }

    // MARK: Backups

    /// Ends the process and puts a backup in place of the disk, with a new epoch.
    func restore(_ backup: MemoryDisk) {
        process?.life.die()
        if let process { bury(process, .killed, downMicros: 1_000_000) }
        disk = backup.copy()
        guard bug != .forgottenEpoch else { return }
        let view = ProcessDisk(disk, ProcessLife(), DiskFaults(), bug: nil)
        do {
            let outcome = try StationEpoch.renew(
                view, configuration, epoch: "r\(random.number(0...UInt64.max))",
                now: Timestamp(milliseconds: ProcessNetwork.firstMillis + world.now / 1000))
            world.tell("\(name) is restored from a backup: epoch \(outcome.newEpoch) begins with \(outcome.first)")
        } catch {
            world.fail(.startFails, "\(name) cannot begin a new epoch: \(error)")
        }
        disk.killProcess()
    }
}
