import Bytes
import Platform

/// The commit: what the turn has decided is written, and made durable beside the loop. Meanwhile the loop goes on, and
/// holds what shows those decisions.
extension EventLoop {
    /// Begins the next commit, if there is something to make durable and no other is under way.
    func commit() throws(ServiceFailure) {
        guard let turn = service.turn else { return }
        while !pace.isUnderWay, commitTime == nil, let request = try turn.beginCommit(now: now) {
            pace.begin(now: now.monotonic)
            guard let outcome = network.synchronize(request) else { return }
            try endCommit(outcome)
        }
    }

    func endCommit(_ outcome: SyncOutcome) throws(ServiceFailure) {
        guard let turn = service.turn, pace.isUnderWay else { return }
        let before = turn.durableSequence
        try turn.endCommit(outcome, now: now)
        pace.end(count: turn.durableSequence - before, now: now.monotonic)
    }

    /// When the next commit begins, if it waits for more to do together; nil if it does not wait.
    var commitTime: MonotonicTime? {
        guard !pace.isUnderWay, !isDraining, let turn = service.turn else { return nil }
        let count = turn.lastSequence - turn.durableSequence
        return count > 0 ? pace.wait(count: count, now: now.monotonic) : nil
    }

    /// Lets go what was held for events that are durable now.
    func releaseHeld() {
        guard let durable = service.turn?.durableSequence else { return }
        for connection in connections.dequeueHolding() {
            connection.isHolding = false
            guard !connection.isClosed else { continue }
            if connection.outbox.release(through: durable) { connections.markDirty(connection) }
            if connection.outbox.isHolding { connections.markHolding(connection) }
        }
    }

    // MARK: Queueing

    /// The event for which something must wait; nil if everything that it depends on is durable.
    func pendingEvent(of dependency: Dependency) -> UInt64? {
        guard let turn = service.turn else { return nil }
        let sequence: UInt64
        switch dependency {
        case .nothing: return nil
        case .event(let number): sequence = number
        case .everything: sequence = turn.lastSequence
        }
        return sequence > turn.durableSequence ? sequence : nil
    }

    /// Queues what `encode` writes.
    ///
    /// - Parameter sequence: the event for which it must wait; nil for none.
    func queue(on connection: Connection, after sequence: UInt64? = nil, _ encode: (inout [UInt8]) -> Void) {
        connection.outbox.append(after: sequence, encode)
        noteQueued(on: connection)
    }

    /// Queues bytes.
    func queue(_ bytes: [UInt8], on connection: Connection, after sequence: UInt64? = nil) {
        connection.outbox.append(bytes, after: sequence)
        noteQueued(on: connection)
    }

    private func noteQueued(on connection: Connection) {
        guard connection.outbox.isHolding else { return connections.markDirty(connection) }
        connections.markHolding(connection)
    }
}
