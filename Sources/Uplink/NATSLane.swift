import Bytes
import NATS

/// One connection to a central server that is a NATS server with JetStream: it ships events into a stream that all
/// stations share and fetches commands from it, as `NATSStationNames` says.
///
/// It opens in steps, each of which waits for one answer; what does not succeed ends the connection with a fault:
///
///     INFO            CONNECT, SUB <inbox>, PING      the server must speak without TLS and know headers
///     PONG            look the stream up              the credentials were taken
///     stream          ask for the last event          made before where it is missing
///     last event      .compared, then open            the consumer of commands is made meanwhile
///
/// Published events are answered one by one, in any number at a time. Memory: what is in flight (`NATSLaneLimits`),
/// until the owner takes it, and the one command or answer that is being received.
public struct NATSLane: UplinkLane {
    enum Phase: Sendable {
        case introduction(deadline: MonotonicTime)
        case authentication(deadline: MonotonicTime)
        case lookup(NATSRequest)
        case creation(NATSRequest)
        case comparison(NATSRequest)
        case open
        case failed
    }

    /// Whether the server is still there.
    enum Watch: Sendable {
        case quiet(since: MonotonicTime)
        /// A PING was sent because nothing came.
        case asked(deadline: MonotonicTime)
    }

    let identity: UplinkIdentity
    let names: NATSStationNames
    let limits: NATSLaneLimits

    var phase: Phase
    var machine: NATSClientMachine
    var inbox: NATSInbox
    var watch: Watch
    var publisher: JetStreamPublisher
    /// What is in flight, oldest first, to be named where it fails.
    var shipped: [(ordinal: UInt64, id: String, type: String)] = []
    var commands = NATSCommands()
    /// What tells the stream from one that is made in its place.
    public internal(set) var remoteName: String?
    public internal(set) var remoteMark: UplinkMark?
    /// Why nothing more is shipped; the fault comes when what is in flight was answered.
    var ending: UplinkFault?

    /// What this connection may hold in flight; nil where that is all that the limits allow, and once everything was
    /// stored.
    var window: UplinkRoom?
    /// What the limits allow without a window.
    let wholeWindow: UplinkRoom

    private(set) var output: [UInt8] = []
    private var events: [UplinkLaneEvent] = []
    private var storedThrough: UInt64?
    private var fault: UplinkFault?

    /// Takes an open connection into use.
    ///
    /// - Parameters:
    ///   - window: what an earlier connection came to, see `roomForNextConnection`; it takes the place of what `limits`
    ///     allows in flight.
    ///   - generator: chooses the subjects that answers come on, which others should not guess.
    public init(
        identity: UplinkIdentity, limits: NATSLaneLimits = NATSLaneLimits(), window: UplinkRoom? = nil,
        now: MonotonicTime, using generator: inout some RandomNumberGenerator
    ) {
        self.identity = identity
        self.window = window
        wholeWindow = UplinkRoom(count: limits.publishing.inFlightMax, bytes: limits.publishing.bytesInFlightMax)
        let limits = window.map { limits.holding($0) } ?? limits
        self.limits = limits
        names = NATSStationNames(stationID: identity.stationID)
        phase = .introduction(deadline: now.advanced(byMilliseconds: limits.answerMillisMax))
        machine = NATSClientMachine(limits: limits.messages)
        inbox = NATSInbox(using: &generator)
        watch = .quiet(since: now)
        publisher = JetStreamPublisher(limits: limits.publishing)
    }

    public mutating func receive(_ bytes: Span<UInt8>, now: MonotonicTime) {
        guard !isFailed, !bytes.isEmpty else { return }
        watch = .quiet(since: now)
        machine.receive(bytes)
        while !isFailed, let event = machine.nextEvent() { act(on: event, now: now) }
        if machine.hasReplies { write { machine, output in machine.takeReplies(into: &output) } }
    }

    public mutating func inputClosed(now: MonotonicTime) {
        publisher.connectionLost()
        takePublisherEvents()
        fail(UplinkFault("the NATS server closed the connection"))
    }

    public mutating func takeOutput(into output: inout [UInt8]) {
        guard !self.output.isEmpty else { return }
        if output.isEmpty { swap(&output, &self.output) } else { output.append(contentsOf: self.output) }
        self.output.removeAll(keepingCapacity: self.output.capacity <= ByteQueue.keptCapacityMax)
    }

    public mutating func nextEvent() -> UplinkLaneEvent? {
        if !events.isEmpty { return events.removeFirst() }
        if let through = storedThrough {
            storedThrough = nil
            return .stored(through: through)
        }
        defer { fault = nil }
        return fault.map { .failed($0) }
    }

    // MARK: What the parts share

    var isFailed: Bool { if case .failed = phase { true } else { false } }

    private mutating func act(on event: NATSEvent, now: MonotonicTime) {
        switch event {
        case .information(let server): take(server, now: now)
        case .pong: if case .authentication = phase { lookUpStream(now: now) }
        case .ok: break
        case .message(let message): take(message, now: now)
        case .error(let error): fail(fault(for: error))
        case .fault(let fault): fail(UplinkFault("the server does not speak NATS as it should: \(fault.message)"))
        }
    }

    /// Hands an answer to who waits for it; what nobody waits for comes too late.
    private mutating func take(_ message: NATSMessage, now: MonotonicTime) {
        let token = inbox.token(of: message)
        switch phase {
        case .open:
            guard let token else { return takeCommand(message, now: now) }
            if publisher.receive(message, token: token) {
                takePublisherEvents()
            } else {
                takeCommandAnswer(message, token: token, now: now)
            }
        case .lookup(let request) where request.token == token: takeLookup(message, now: now)
        case .creation(let request) where request.token == token: takeCreation(message, now: now)
        case .comparison(let request) where request.token == token: takeTail(message, now: now)
        default: break
        }
    }

    mutating func emit(_ event: UplinkLaneEvent) { events.append(event) }

    mutating func emit(storedThrough ordinal: UInt64) { storedThrough = ordinal }

    /// The end: what came before is still told, but nothing more is sent.
    mutating func fail(_ fault: UplinkFault) {
        guard !isFailed else { return }
        phase = .failed
        self.fault = fault
        output = []
        shipped = []
    }

    /// Appends to what is to be sent.
    mutating func write(_ encode: (inout NATSClientMachine, inout [UInt8]) -> Void) { encode(&machine, &output) }

    /// Publishes an event through the publisher, which notes it.
    mutating func publish(_ publication: JetStreamPublication, ordinal: UInt64, now: MonotonicTime) throws(NATSRefusal)
    {
        try publisher.publish(
            publication, sequence: ordinal, inbox: &inbox, now: now, through: machine, into: &output)
    }

    /// Sends a request, and gives what its answer is known by; nil where that ended the lane.
    mutating func send(
        _ request: JetStreamRequest, answerWithinMillis millis: Int64? = nil, now: MonotonicTime
    ) -> NATSRequest? {
        let token = inbox.nextToken()
        guard post(request.payload, to: request.subject, reply: inbox.subject(token)) else { return nil }
        return NATSRequest(
            token: token, deadline: now.advanced(byMilliseconds: millis ?? limits.answerMillisMax))
    }

    /// Publishes something that is no event; false where that ended the lane.
    mutating func post(_ payload: [UInt8], to subject: NATSSubject, reply: NATSSubject? = nil) -> Bool {
        do {
            try machine.publish(to: subject, reply: reply, payload: payload, into: &output)
            return true
        } catch {
            fail(UplinkFault(error.message, .intervention))
            return false
        }
    }
}
