import Bytes
import NATS

/// The steps from the server's introduction to the comparison, in their order.
extension NATSLane {
    /// The number of the one subscription.
    private static let sid: UInt64 = 1

    /// Answers INFO, which comes again when something of it changes.
    mutating func greet(_ server: NATSServer, now: MonotonicTime) {
        if server.isLameDuck { return end(UplinkFault("the NATS server is shutting down (lame duck mode)")) }
        guard case .introduction = phase else { return }
        do {
            var greeting: [UInt8] = []
            try machine.connect(
                as: NATSCredentials(identity), name: "stationd station \(identity.stationID)",
                version: identity.version, isEncrypted: identity.isEncrypted, into: &greeting)
            machine.subscribe(to: inbox.filter, sid: Self.sid, into: &greeting)
            machine.ping(into: &greeting)
            write { _, output in output.append(contentsOf: greeting) }
            phase = .authentication(deadline: now.advanced(byMilliseconds: limits.answerMillisMax))
        } catch {
            fail(UplinkFault(error.message, .intervention))
        }
    }

    // MARK: The stream

    /// - Parameter end: until when to ask again; nil if this is the first time.
    mutating func lookUp(now: MonotonicTime, until end: MonotonicTime? = nil) {
        let end = end ?? now.advanced(byMilliseconds: limits.answerMillisMax)
        let request = JetStreamRequest.lookUpConsumer(names.mark, of: names.stream)
        if let request = ask(request, until: end, now: now) { phase = .lookup(request, end: end) }
    }

    /// Sends a request that is repeated if there is no answer.
    private mutating func ask(
        _ request: JetStreamRequest, until end: MonotonicTime, now: MonotonicTime
    ) -> NATSRequest? {
        send(request, answerWithinMillis: min(limits.patienceMillis, end.milliseconds(since: now)), now: now)
    }

    mutating func finishLookup(_ answer: NATSMessage, now: MonotonicTime) {
        do {
            remoteName = try JetStreamConsumer(answer).created
            otherAccount = nil
            compare(now: now)
        } catch {
            switch error {
            case .refused(let refusal) where refusal.kind == .consumerNotFound || refusal.kind == .streamNotFound:
                let missing = [
                    NATSFurnishing.Item.stream(names.streamConfiguration()), .consumer(names.markConfiguration),
                ]
                proceed(with: NATSFurnishing(missing, names: names), after: nil, now: now)
            // The streams may be in another account, of which the user has this and little more. Then that account
            // answers too.
            case .refused(let refusal) where refusal.kind == .notEnabled: otherAccount = error
            default: fail(lookupFault(error))
            }
        }
    }

    func lookupFault(_ fault: JetStreamFault) -> UplinkFault {
        if fault == .noResponders { return noJetStream }
        if case .refused(let refusal) = fault, refusal.kind == .notEnabled {
            return UplinkFault("\(fault.message); \(names.permissions)", .intervention)
        }
        return UplinkFault(
            "the consumer \(names.mark.text) cannot be looked up: \(fault.message)", remedy(for: fault))
    }

    /// The fault if nobody listens on JetStream's subjects. A domain may be out of reach for a while.
    private var noJetStream: UplinkFault {
        guard let domain = names.domain else {
            return UplinkFault("JetStream is not enabled on the NATS server", .intervention)
        }
        return UplinkFault(
            "JetStream of the domain \(domain.text) cannot be reached over the NATS server: is upstream.domain right, "
                + "and is the leaf node connected to its hub?")
    }

    /// Makes what is missing.
    ///
    /// - Parameter answer: the answer to the request before; nil at first.
    mutating func proceed(with furnishing: NATSFurnishing, after answer: NATSMessage?, now: MonotonicTime) {
        var furnishing = furnishing
        if let answer, let fault = furnishing.receive(answer) { return fail(fault) }
        guard let request = furnishing.request else {
            warn(of: furnishing)
            remoteName = furnishing.consumerCreated
            return compare(now: now)
        }
        if let request = send(request, now: now) { phase = .creation(request, furnishing) }
    }

    /// A user that may make streams may do more than a station should.
    mutating func warn(of furnishing: NATSFurnishing) {
        emit(
            .warned(
                "This station has made \(furnishing.made.joined(separator: " and ")) on the NATS server itself. A user "
                    + "who may do that may also read and change what is other stations': let `stationd central "
                    + "nats-setup` make them, and permit this one only what `stationd central nats-permissions "
                    + "\(identity.stationID)` prints"))
    }

    // MARK: The comparison

    mutating func compare(isDirect: Bool = true, now: MonotonicTime, until end: MonotonicTime? = nil) {
        let end = end ?? now.advanced(byMilliseconds: limits.answerMillisMax)
        let request =
            isDirect
            ? JetStreamRequest.lastMessageDirectly(on: names.events, of: names.stream)
            : JetStreamRequest.lastMessage(on: names.events, of: names.stream)
        if let request = ask(request, until: end, now: now) {
            phase = .comparison(request, isDirect: isDirect, end: end)
        }
    }

    mutating func finishComparison(_ answer: NATSMessage, isDirect: Bool, end: MonotonicTime, now: MonotonicTime) {
        guard isDirect else { return finishComparison(answer, now: now) }
        if let last = JetStreamStoredMessage(direct: answer) { return finishComparison(last, now: now) }
        if answer.status?.code == 404 { return finishComparison(nil, now: now) }
        // A stream made by an earlier version, or a server that cannot do it.
        compare(isDirect: false, now: now, until: end)
    }

    private mutating func finishComparison(_ answer: NATSMessage, now: MonotonicTime) {
        do {
            finishComparison(try JetStreamStoredMessage(answer, limits: limits.messages), now: now)
        } catch {
            guard case .refused(let refusal) = error, refusal.kind == .messageNotFound else {
                let message = "the last event in the stream cannot be read: \(error.message)"
                return fail(UplinkFault(message, remedy(for: error)))
            }
            finishComparison(nil, now: now)
        }
    }

    /// - Parameter last: the last event in the stream; nil if it has none.
    private mutating func finishComparison(_ last: JetStreamStoredMessage?, now: MonotonicTime) {
        let position = last.map { NATSTail.position(of: $0, epoch: identity.epoch) } ?? .nothing
        remoteMark = last.flatMap { NATSTail.mark(of: $0, at: position) }
        phase = .open
        emit(.compared(position))
        announceServers()
        lookUpCommands(now: now)
    }

    /// Tells the owner the cluster's servers, once this one has accepted us and has our stream.
    mutating func announceServers() {
        guard let servers = machine.server?.connectURLs, !servers.isEmpty else { return }
        emit(.announced(servers: servers))
    }
}
