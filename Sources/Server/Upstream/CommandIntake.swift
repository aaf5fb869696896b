import Bytes
import Domain
import Gateway
import Platform
import Uplink

/// Carries out the commands of the central server: each once, whatever crashes, since the record of the change names
/// the command. What is not known to be the central server's is acknowledged, and changes nothing.
final class CommandIntake {
    /// The most commands a minute whose distrust is told, here in the log and to the central server. The others are
    /// only counted: whoever sends them must not fill the journal.
    private static let distrustToldMax = 10

    private let durable: DurableDesk
    private let trust: CommandTrust
    private let mayMakeAdmins: Bool
    /// Over HTTP the connection for commands can be closed for a while when there is no space.
    private let closesWhenFull: Bool
    private struct Outcome {
        /// The connection that brought the command.
        let connection: ConnectionID
        let number: UInt64
        /// The event that must be durable before the command is acknowledged.
        let sequence: UInt64
    }

    /// The commands that have been handled and not acknowledged yet.
    private var outcomes: [Outcome] = []
    /// Commands handled since the start.
    private(set) var count: UInt64 = 0
    /// Commands since the start that are not known to be the central server's.
    private(set) var distrustedCount: UInt64 = 0
    /// Why the last of them was not believed.
    private(set) var lastDistrust: String?
    /// When the current minute of `distrustToldMax` began, and how many were told since.
    private var told: (since: MonotonicTime, count: Int)?

    init(durable: DurableDesk, peer: UpstreamPeer, closesWhenFull: Bool) {
        self.durable = durable
        trust = CommandTrust(
            keys: peer.settings.commandKeys, stationID: peer.identity.stationID, epoch: peer.identity.epoch)
        mayMakeAdmins = peer.settings.mayMakeAdmins
        self.closesWhenFull = closesWhenFull
    }

    /// Handles a command. It is acknowledged once its outcome is durable.
    func handle(
        _ delivery: UplinkDelivery, from connection: ConnectionID, through loop: EventLoop, now: Moment
    ) throws(UplinkFault) {
        switch trust.judge(delivery.json) {
        case .trusted(let command):
            guard try handle(command, through: loop, now: now) else { return }
        case .distrusted(let distrust): tell(distrust, through: loop, now: now)
        }
        // A command that was handled before, too, is acknowledged only once that is durable.
        outcomes.append(
            Outcome(connection: connection, number: delivery.number, sequence: durable.desk.lastSequence))
    }

    /// - Returns: false if there is no space for the outcome.
    private func handle(_ command: CentralCommand, through loop: EventLoop, now: Moment) throws(UplinkFault) -> Bool {
        guard let event = durable.desk(at: now).decide(command, mayMakeAdmins: mayMakeAdmins, now: now.wall) else {
            loop.log.write(
                .info, "Uplink", "The command \(command.reference.id) came again and is not carried out again", at: now)
            return true
        }
        guard try stageOutcome(event, of: command, now: now) else { return false }
        count += 1
        return true
    }

    /// Tells why a command was not believed, unless there are too many of them.
    private func tell(_ distrust: CommandTrust.Distrust, through loop: EventLoop, now: Moment) {
        distrustedCount += 1
        lastDistrust = distrust.reason
        if let start = told?.since, now.monotonic.milliseconds(since: start) < 60_000 {
        } else {
            told = (now.monotonic, 0)
        }
        guard let count = told?.count, count < Self.distrustToldMax else { return }
        told?.count += 1
        loop.log.write(
            .warning, "Uplink",
            "The command \(distrust.id ?? "without an id") (\(distrust.name)) is not carried out: \(distrust.reason)",
            at: now)
        guard let id = distrust.id else { return }
        let event = durable.desk(at: now).distrust(of: id, name: distrust.name, distrust.reason, now: now.wall)
        // If there is no space, the log has it.
        _ = try? durable.stage(event, record: event.record())
    }

    /// The commands whose outcomes are durable now.
    func dequeueOutcomes() -> [(connection: ConnectionID, number: UInt64)] {
        let durableSequence = durable.durableSequence
        let count = outcomes.prefix { $0.sequence <= durableSequence }.count
        guard count > 0 else { return [] }
        defer { outcomes.removeFirst(count) }
        return outcomes[..<count].map { ($0.connection, $0.number) }
    }

    /// Stages the outcome of a command. False if there is no space: over NATS the command is not acknowledged, and the
    /// server sends it again after a while.
    private func stageOutcome(
        _ event: Event, of command: CentralCommand, now: Moment
    ) throws(UplinkFault) -> Bool {
        do throws(Refusal) {
            try durable.stage(event, record: event.record())
            return true
        } catch {
            if case .insufficientStorage = error {} else if refuse(command, error, now: now) { return true }
        }
        if closesWhenFull {
            throw UplinkFault("there is no space to store a command of the central server", .waitSeconds(30))
        }
        return false
    }

    /// Refuses a command whose outcome cannot be stored; false if the refusal cannot be stored either.
    private func refuse(_ command: CentralCommand, _ refusal: Refusal, now: Moment) -> Bool {
        let event = durable.desk(at: now).refusal(refusal, of: command, now: now.wall)
        do throws(Refusal) {
            try durable.stage(event, record: event.record())
            return true
        } catch {
            return false
        }
    }
}
