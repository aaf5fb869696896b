import Domain
import Gateway
import Platform
import Uplink

/// Carries out the commands of the central server: each once, whatever crashes, since the record of the change names
/// the command.
final class CommandIntake {
    private let durable: DurableDesk
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

    init(durable: DurableDesk, closesWhenFull: Bool) {
        self.durable = durable
        self.closesWhenFull = closesWhenFull
    }

    /// Handles a command. It is acknowledged once its outcome is durable.
    func handle(_ delivery: UplinkDelivery, from connection: ConnectionID, now: Moment) throws(UplinkFault) {
        let command = CentralCommand(json: delivery.json, number: delivery.number, epoch: delivery.epoch)
        if let event = durable.desk(at: now).decide(command, now: now.wall) {
            guard try stageOutcome(event, of: command, now: now) else { return }
            count += 1
        }
        // A command that was handled before, too, is acknowledged only once that is durable.
        outcomes.append(
            Outcome(connection: connection, number: delivery.number, sequence: durable.desk.lastSequence))
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
