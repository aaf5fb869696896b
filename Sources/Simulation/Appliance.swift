import Bytes
import Crypto
import Domain
import Gateway
import HTTP
import JSON
import Platform
import Server
import Store

/// A machine with its disk, and the station, or the central server, that runs on it, from its first start through all
/// its crashes.
final class Appliance {
    /// How a process comes to its end.
    enum End: String, CaseIterable {
        /// SIGKILL: what it has written is with the kernel.
        case killed
        /// What was not synchronized may be there, or not, or be torn or garbage.
        case withoutPower = "without power"
    }

    /// A process that runs.
    final class Process {
        let life: ProcessLife
        let disk: ProcessDisk
        let network: ProcessNetwork
        let service: StationService
        let gateway: EventLoop
        var children: [ProcessLife] = []
        /// It is busy with a turn, or the disk, until then.
        var busyUntil: Int64 = 0
        var turnPlannedAt: Int64?
        /// Turns in a row without an event and without a deadline ahead.
        var idleTurns = 0
        /// Turns of the loop.
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
    /// More turns than this without an event, and without waiting for anything, are a loop that spins.
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
    /// How the present process ends where it dies within a turn, and what happens afterwards.
    private var ending: (end: End, downMicros: Int64)?
    /// After so many calls the next starts die again: a crash within recovery.
    var callsOfNextStarts: [Int] = []
    /// Whether the power fails where a start comes to its end before it is done; nil: now and then.
    var losesPowerInStart: Bool?
    /// Bytes of this disk were damaged by the schedule.
    var isDamaged = false
    private(set) var startCount = 0
    private(set) var crashCount = 0
    private var wallOffsetMillis: Int64 = 0 { didSet { process?.network.wallOffsetMillis = wallOffsetMillis } }
    var clockStandsStill = false
    /// Of the process, for connections and files.
    var descriptorsMax = 1_000 { didSet { process?.network.descriptorsMax = descriptorsMax } }
    private var random: SeededGenerator
    /// How long a turn takes at most, in microseconds, and a synchronization.
    var turnMicrosMax: Int64 = 200
    /// Out of a hundred calls of a child on the disk, before so many others go on meanwhile.
    var interleavingPercent = 10
    /// Out of a hundred children so many are killed within one of their calls.
    var childDeathPercent = 0
    /// Called after each start that has succeeded, before the first turn.
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

    private var options: StationService.Options { options(epoch: "e\(world.random.number(0...UInt64.max))") }

    private func options(epoch: String) -> StationService.Options {
        StationService.Options(
            configuration: configuration, secret: secret, newEpoch: epoch,
            readSystemFile: { path in
                path == "/etc/hosts" ? Array("10.0.0.2 central.example\n127.0.0.1 localhost\n".utf8) : nil
            })
    }

    // MARK: Starting

    /// Starts the process. Where that fails for a reason that passes, it is tried again after a second, as a service
    /// manager does.
    func start() {
        guard process == nil else { return }
        startCount += 1
        internet.powerOn(address)
        // What cannot be read at a start is put aside for good: that is another test's.
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
            world.tell("\(name) does not start: \(life.isAlive ? "\(error)" : "it dies while it recovers")")
            if !isExplained { world.fail(.startFails, "\(name): \(error)") }
            life.die()
            // Power may fail within a recovery as well.
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
        world.tell("\(name) is up, with events up to \(service.desk.lastSequence)")
        world.trace.note(1, service.desk.lastSequence)
        onStart()
        _ = try? gateway.listen(on: .tcp(host: "0.0.0.0", port: Self.port))
        wake(process)
    }

    /// The token by which `wrongCaller` reads.
    var adminToken = ""

    private func judge(_ findings: [Finding]) {
        for finding in findings {
            world.tell("\(name) finds \(finding)")
            guard finding.severity == .damage, !isDamaged else { continue }
            world.fail(.damage, "\(name): \(finding)")
        }
    }

    /// Carries out a control request while no turn is under way, as `stationd` commands do.
    func control(_ method: HTTPMethod, _ path: String, _ body: JSONValue? = nil) -> JSONValue {
        guard let process else { return .null }
        let fields: HTTPFields = body == nil ? [:] : ["Content-Type": "application/json"]
        guard
            let request = try? HTTPRequest(
                method: method, target: "/control/v1" + path, fields: fields, body: body?.encoded() ?? [])
        else { return .null }
        let now = process.network.moment
        let response = process.service.control(request, now: now)
        do {
            try process.service.commit(now: now)
        } catch {
            return .null
        }
        return (try? JSONParser.parse(response.body)) ?? .null
    }

    /// Somebody sets its clock, which never shows a time that is farther from the right one than tokens last.
    func jump(byMillis millis: Int64) {
        wallOffsetMillis = min(max(wallOffsetMillis + millis, -Self.wallOffsetMillisMax), Self.wallOffsetMillisMax)
    }

    private static let wallOffsetMillisMax: Int64 = 200 * 86_400_000

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
            // After a failed synchronization the process ends by itself, and is started again.
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
                return world.fail(.spin, "\(name) has turned \(process.idleTurns) times without an event")
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

    /// Ends the process now, between two turns, or within the call after so many more.
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

    /// SIGTERM; it is started again after a while.
    func stop() { process?.network.signal(.terminate) }

    /// How long it stays down after it was stopped in order; nil: for good.
    var pauseMicrosAfterStop: Int64? = 500_000

    private func finish(_ process: Process) {
        do {
            try process.service.finish(now: process.network.moment)
        } catch {
            world.tell("\(name): the documents were not brought up to date: \(error)")
        }
        guard process.life.isAlive else {
            let (end, down) = ending ?? (.killed, 1_000_000)
            ending = nil
            return bury(process, end, downMicros: down)
        }
        world.tell("\(name) has stopped")
        let open = process.network.openCount
        if open > 0 { world.fail(.leak, "\(name) has stopped with \(open) descriptors open") }
        self.process = nil
        for child in process.children { child.die() }
        process.life.die()
        process.network.closeAll()
        if let pause = pauseMicrosAfterStop { world.after(pause) { [weak self] in self?.start() } }
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
        // Who was killed has said nothing.
        guard life.isAlive else { return [] }
        life.die()
        return result.encoded()
    }

    private func letOthersGoOn() {
        guard random.chance(interleavingPercent) else { return }
        world.run(until: world.now + random.number(0...3_000))
    }

    /// Stands for yescrypt, which would take its time.
    static func hash(_ password: String) -> String { "$y$" + Hex.encode(SHA256.hash(Array(password.utf8))) }

    // MARK: Looking

    /// The state as a process would find it that opened a copy of the disk; nil, and a failure, where it cannot.
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

    /// Puts the disk back as it was once, in a machine that is down.
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
            world.tell("\(name) is put back from a backup: \(outcome.newEpoch) begins with \(outcome.first)")
        } catch {
            world.fail(.startFails, "\(name): no new epoch: \(error)")
        }
        disk.killProcess()
    }
}
