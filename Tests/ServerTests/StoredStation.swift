import Bytes
import Domain
import Gateway
import Platform
import Simulation
import Store
import Testing

@testable import Fuzzing
@testable import Server

/// A station over a disk in memory, for tests of its upkeep. It has no clients, and its child processes do what a test
/// makes them do.
struct StoredStation {
    let disk: MemoryDisk
    let network: FuzzNetwork
    let service: StationService
    let loop: EventLoop

    static let start = Moment(
        wall: Timestamp(milliseconds: 1_736_677_801_800), monotonic: MonotonicTime(milliseconds: 1_000))

    static var options: StationService.Options {
        var configuration = Configuration()
        configuration.limits.segmentBytes = 8 * 1024
        configuration.limits.journalBytesMax = 512 * 1024
        configuration.limits.driverOpenTicketsMax = 0
        return StationService.Options(
            configuration: configuration, secret: Array(0..<32), newEpoch: "here")
    }

    var now: Moment { network.now }

    init(
        _ disk: MemoryDisk = MemoryDisk(), options: StationService.Options = Self.options
    ) throws(StoreError) {
        self.disk = disk
        network = FuzzNetwork(now: Self.start)
        service = try StationService(disk: disk, options: options, now: network.now)
        loop = EventLoop(
            network: network, service: service.handlers,
            settings: GatewaySettings(Self.options.configuration), log: Log(),
            random: SystemRandomNumberGenerator(), now: network.now)
    }

    /// The disk of a stopped station with user 1, `ticketCount` tickets, and the documents of all of them.
    static func stopped(ticketCount: Int) throws -> MemoryDisk {
        let station = try StoredStation()
        let draft = UserDraft(username: "dee", email: "dee@example.com", password: "password", role: .driver)
        try station.run(.createUser(draft, passwordHash: "$y$hash"), by: .operator)
        for number in 1...ticketCount { try station.file("Ticket \(number)") }
        try station.service.finish(now: station.now)
        station.disk.killProcess()
        return station.disk
    }

    /// Files a ticket, durably.
    func file(_ text: String) throws {
        try run(.createTicket(TicketDraft(userID: 1, description: text), key: nil), by: .user(1))
    }

    func run(_ command: Command, by caller: Caller) throws {
        _ = try service.durable.execute(command, by: caller, now: now)
        try service.commit()
    }

    /// Does what the station does after a commit.
    func maintain() { service.upkeep.maintain(through: loop, now: now) }

    func wait(_ millis: Int64) { network.now.monotonic = now.monotonic.advanced(byMilliseconds: millis) }

    /// The records that the running checkpointer was started for, or nil if none runs.
    var checkpoint: (behind: UInt64, through: UInt64)? {
        guard let child = network.child(where: { if case .checkpoint = $0 { true } else { false } }),
            case .checkpoint(let behind, let through, _) = child.job
        else { return nil }
        return (behind, through)
    }

    /// Ends the checkpointer's child process with this output.
    func endCheckpoint(_ output: String) {
        guard let child = service.upkeep.checkpoint?.child else { return }
        network.close(child, reset: false)
        service.childEnded(child, output: Array(output.utf8), through: loop, now: now)
    }

    /// The log's lines since the last turn.
    var log: String { String(decoding: loop.log.waiting.copy(), as: UTF8.self) }
}
