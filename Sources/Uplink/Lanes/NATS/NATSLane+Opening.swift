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
                as: credentials, name: "stationd station \(identity.stationID)", version: identity.version,
                into: &greeting)
            machine.subscribe(to: inbox.filter, sid: Self.sid, into: &greeting)
            machine.ping(into: &greeting)
            write { _, output in output.append(contentsOf: greeting) }
            phase = .authentication(deadline: now.advanced(byMilliseconds: limits.answerMillisMax))
        } catch {
            fail(UplinkFault(error.message, .intervention))
        }
    }

    private var credentials: NATSCredentials {
        if let user = identity.credentials { return .signed(user) }
        if let token = identity.token { return .token(token) }
        if let user = identity.user { return .user(user, password: identity.password ?? "") }
        return .none
    }

    // MARK: The stream

    /// - Parameter end: until when to ask again; nil if this is the first time.
    mutating func lookUpStream(now: MonotonicTime, until end: MonotonicTime? = nil) {
        let end = end ?? now.advanced(byMilliseconds: limits.answerMillisMax)
        if let request = ask(.lookUpStream(names.stream), until: end, now: now) { phase = .lookup(request, end: end) }
    }

    /// Sends a request that is repeated if there is no answer.
    private mutating func ask(
        _ request: JetStreamRequest, until end: MonotonicTime, now: MonotonicTime
    ) -> NATSRequest? {
        send(request, answerWithinMillis: min(limits.patienceMillis, end.milliseconds(since: now)), now: now)
    }

    mutating func finishLookup(_ answer: NATSMessage, now: MonotonicTime) {
        do {
            let stream = try JetStreamStream(answer)
            if let shortcoming = stream.shortcoming(for: names.streamConfiguration()) {
                return fail(
                    UplinkFault("\(shortcoming); change it or create another: \(names.streamCommand)", .intervention))
            }
            remoteName = stream.created
            compare(now: now)
        } catch {
            guard case .refused(let refusal) = error, refusal.kind == .streamNotFound else {
                if error == .noResponders { return fail(noJetStream) }
                let message = "the stream \(names.stream.text) cannot be looked up: \(error.message)"
                return fail(UplinkFault(message, remedy(for: error)))
            }
            createStream(replicaCount: NATSStationNames.replicaCountMax, now: now)
        }
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

    private mutating func createStream(replicaCount: Int, now: MonotonicTime) {
        let configuration = names.streamConfiguration(replicaCount: replicaCount)
        guard let request = send(.createStream(configuration), now: now) else { return }
        phase = .creation(request, replicaCount: replicaCount)
    }

    mutating func finishCreation(_ answer: NATSMessage, replicaCount: Int, now: MonotonicTime) {
        do {
            remoteName = try JetStreamStream(answer).created
            compare(now: now)
        } catch {
            switch error {
            // Another station was faster, with another number of replicas.
            case .refused(let refusal) where refusal.kind == .streamNameInUse && !hasLookedUpAgain:
                hasLookedUpAgain = true
                lookUpStream(now: now)
            // A single server, too few of them, too little room for all, or a limit of the account. JetStream has many
            // words for it.
            case .refused(let refusal) where replicaCount > 1 && refusal.mayFitFewerReplicas:
                createStream(replicaCount: 1, now: now)
            default: fail(creationFault(error))
            }
        }
    }

    private func creationFault(_ fault: JetStreamFault) -> UplinkFault {
        let stream = names.stream.text
        switch fault {
        case .refused(let error) where error.kind == .subjectsOverlap:
            return UplinkFault(
                "a stream of another name than \(stream) listens on \(names.everything.text) or a part of it, so "
                    + "\(stream) cannot be created; the station's events belong in a stream of that name "
                    + "(\(error.message))", .intervention)
        case .refused(let error) where error.kind == .unavailable:
            return UplinkFault("the stream \(stream) cannot be created: \(error.message)")
        default:
            return UplinkFault(
                "there is no stream \(stream) and it cannot be created: \(fault.message); create it with: "
                    + names.streamCommand, .intervention)
        }
    }

    // MARK: The comparison

    mutating func compare(now: MonotonicTime, until end: MonotonicTime? = nil) {
        let end = end ?? now.advanced(byMilliseconds: limits.answerMillisMax)
        let request = JetStreamRequest.lastMessage(on: names.events, of: names.stream)
        if let request = ask(request, until: end, now: now) { phase = .comparison(request, end: end) }
    }

    mutating func finishComparison(_ answer: NATSMessage, now: MonotonicTime) {
        let position: UplinkPosition
        do {
            let last = try JetStreamStoredMessage(answer, limits: limits.messages)
            position = NATSTail.position(of: last, epoch: identity.epoch)
            remoteMark = NATSTail.mark(of: last, at: position)
        } catch {
            guard case .refused(let refusal) = error, refusal.kind == .messageNotFound else {
                let message = "the last event in the stream cannot be read: \(error.message)"
                return fail(UplinkFault(message, remedy(for: error)))
            }
            position = .nothing
        }
        phase = .open
        emit(.compared(position))
        announceServers()
        createConsumer(now: now)
    }

    /// Tells the owner the cluster's servers, once this one has accepted us and has our stream.
    mutating func announceServers() {
        guard let servers = machine.server?.connectURLs, !servers.isEmpty else { return }
        emit(.announced(servers: servers))
    }
}
