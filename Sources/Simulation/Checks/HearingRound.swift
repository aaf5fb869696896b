/// A round in which every listener must hear of new events over the connection that it had when the round began.
///
/// What comes as news comes after everything that the connection had missed. So a listener that has heard of it has
/// everything. On a connection that began later the same events are among the missed ones, where urgent ones may come
/// first: then they prove nothing, and another client of the user may even have them already. Such a round is void.
struct HearingRound {
    /// The connections of the listeners as the round began; nil for a listener without one.
    let connections: [DeliveryLedger.ConnectionNumber?]

    enum Outcome: Hashable {
        /// Every listener has heard of the events.
        case complete
        /// This listener, the first of several, has not.
        case waiting(for: Int)
        /// A listener has lost the connection that it had.
        case void

        var isFinal: Bool {
            if case .waiting = self { false } else { true }
        }
    }

    /// What has come of the round.
    ///
    /// - Parameters:
    ///   - now: the connections of the same listeners by now.
    ///   - hasHeard: whether a listener has heard of the events over its connection.
    func outcome(now: [DeliveryLedger.ConnectionNumber?], hasHeard: (Int) -> Bool) -> Outcome {
        guard now == connections, !now.contains(nil) else { return .void }
        return now.indices.first { !hasHeard($0) }.map(Outcome.waiting(for:)) ?? .complete
    }
}
