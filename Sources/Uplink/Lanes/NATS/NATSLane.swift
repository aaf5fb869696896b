import Bytes
import NATS

/// One connection to a central server that is a NATS server with JetStream. The lane ships events into a stream that
/// all stations share and fetches commands from another; `NATSStationNames` has the names.
///
/// It opens in steps. Each step waits for one answer, and a step that fails ends the connection with a fault. What may
/// be asked twice is asked again after a while: a cluster that has no leader at the moment forgets what it was asked.
///
///     received        next step                       notes
///     INFO            CONNECT, SUB <inbox>, PING      the server must do without TLS and know headers
///     PONG            look up the own consumer        the credentials were accepted
///     consumer        ask for the last event          what is missing is made first, if the user may
///     last event      .compared, then open            the consumer of commands is looked up meanwhile
///
/// It asks for nothing that concerns other stations, unless it has to make something.
///
/// Published events are acknowledged one by one, with many in flight. Memory holds the bytes in flight
/// (`NATSLaneLimits`) until the owner fetches them, and the command or answer that is being received.
public struct NATSLane: UplinkLane {
    enum Phase: Sendable {
        case introduction(deadline: MonotonicTime)
        case authentication(deadline: MonotonicTime)
        /// The request is repeated until `end`.
        case lookup(NATSRequest, end: MonotonicTime)
        case creation(NATSRequest, NATSFurnishing)
        /// - Parameter isDirect: whether the stream itself is asked, and not JetStream about it.
        case comparison(NATSRequest, isDirect: Bool, end: MonotonicTime)
        case open
        case failed
    }

    /// The watch over a silent server.
    enum Watch: Sendable {
        case quiet(since: MonotonicTime)
        /// A PING was sent because the server was silent.
        case asked(deadline: MonotonicTime)
    }

    let identity: UplinkIdentity
    let names: NATSStationNames
    let limits: NATSLaneLimits

    var phase: Phase
    /// What JetStream of the user's own account answers if the streams are in another one, whose answer counts.
    var otherAccount: JetStreamFault?
    var machine: NATSClientMachine
    var inbox: NATSInbox
    var watch: Watch
    var publisher: JetStreamPublisher
    /// The events in flight, oldest first, so that a fault can name them.
    var shipped: [(ordinal: UInt64, id: String, type: String)] = []
    var commands = NATSCommands()
    /// When the station's consumer was created, which tells the stream from one that is made in its place.
    public internal(set) var remoteName: String?
    /// The last event in the stream if it is an event of the journal.
    public internal(set) var remoteMark: UplinkMark?
    /// Why nothing more is shipped. The lane fails with it when everything in flight was answered.
    var ending: UplinkFault?

    /// The window of this connection; nil if it is all that the limits allow, or once everything was stored.
    var window: UplinkRoom?
    /// All that the limits allow.
    let wholeWindow: UplinkRoom

    private(set) var output: [UInt8] = []
    private var events: [UplinkLaneEvent] = []
    private var storedThrough: UInt64?
    private var fault: UplinkFault?

    /// Starts on an open connection.
    ///
    /// - Parameters:
    ///   - window: the `roomForNextConnection` of the last connection. It replaces what `limits` allows in flight.
    ///   - generator: must be unpredictable, because it chooses the subjects that answers come on.
    public init(
        identity: UplinkIdentity, limits: NATSLaneLimits = NATSLaneLimits(), window: UplinkRoom? = nil,
        now: MonotonicTime, using generator: inout some RandomNumberGenerator
    ) {
        self.identity = identity
        self.window = window
        wholeWindow = UplinkRoom(count: limits.publishing.inFlightMax, bytes: limits.publishing.bytesInFlightMax)
        let limits = window.map { limits.holding($0) } ?? limits
        self.limits = limits
        names = NATSStationNames(
            stationID: identity.stationID, domain: identity.domain.flatMap { JetStreamName($0) })
        phase = .introduction(deadline: now.advanced(byMilliseconds: limits.answerMillisMax))
        machine = NATSClientMachine(limits: limits.messages)
        inbox = NATSInbox(of: names.station, using: &generator)
        watch = .quiet(since: now)
        publisher = JetStreamPublisher(limits: limits.publishing)
    }

    public mutating func receive(_ bytes: Span<UInt8>, now: MonotonicTime) {
        guard !isFailed, !bytes.isEmpty else { return }
        watch = .quiet(since: now)
        machine.receive(bytes)
        while !isFailed, let event = machine.nextEvent() { act(on: event, now: now) }
        if machine.hasReplies { write { machine, output in machine.drainReplies(into: &output) } }
    }

    public mutating func inputClosed(now: MonotonicTime) {
        publisher.connectionLost()
        forwardPublisherEvents()
        fail(UplinkFault("the NATS server closed the connection"))
    }

    public mutating func drainOutput(into output: inout [UInt8]) {
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
        case .information(let server):
            greet(server, now: now)
            if case .open = phase { announceServers() }
        case .pong: if case .authentication = phase { lookUp(now: now) }
        case .ok: break
        case .message(let message): dispatch(message, now: now)
        case .error(let error): fail(connectionFault(error))
        case .fault(let fault): fail(UplinkFault("the NATS server breaks the protocol: \(fault.message)"))
        }
    }

    /// Hands a message to the part that waits for it. One that nobody waits for has come too late and is ignored.
    private mutating func dispatch(_ message: NATSMessage, now: MonotonicTime) {
        let token = inbox.token(of: message)
        switch phase {
        case .open:
            guard let token else { return receiveCommand(message, now: now) }
            if publisher.receive(message, token: token) {
                forwardPublisherEvents()
            } else {
                receiveCommandAnswer(message, token: token, now: now)
            }
        case .lookup(let request, _) where request.token == token: finishLookup(message, now: now)
        case .creation(let request, let furnishing) where request.token == token:
            proceed(with: furnishing, after: message, now: now)
        case .comparison(let request, let isDirect, let end) where request.token == token:
            finishComparison(message, isDirect: isDirect, end: end, now: now)
        default: break
        }
    }

    mutating func emit(_ event: UplinkLaneEvent) { events.append(event) }

    mutating func emit(storedThrough ordinal: UInt64) { storedThrough = ordinal }

    /// Ends the lane. Earlier events are still delivered, but nothing more is sent.
    mutating func fail(_ fault: UplinkFault) {
        guard !isFailed else { return }
        phase = .failed
        self.fault = fault
        output = []
        shipped = []
    }

    /// Appends to the bytes to be sent.
    mutating func write(_ encode: (inout NATSClientMachine, inout [UInt8]) -> Void) { encode(&machine, &output) }

    /// Publishes an event through the publisher, which keeps track of it.
    mutating func send(_ publication: JetStreamPublication, ordinal: UInt64, now: MonotonicTime) throws(NATSRefusal) {
        try publisher.publish(
            publication, sequence: ordinal, inbox: &inbox, now: now, through: machine, into: &output)
    }

    /// Sends a request. Returns nil if that ended the lane.
    mutating func send(
        _ request: JetStreamRequest, answerWithinMillis millis: Int64? = nil, now: MonotonicTime
    ) -> NATSRequest? {
        let token = inbox.nextToken()
        guard post(request.payload, to: names.subject(of: request), reply: inbox.subject(token)) else { return nil }
        return NATSRequest(
            token: token, deadline: now.advanced(byMilliseconds: millis ?? limits.answerMillisMax))
    }

    /// Publishes something other than an event. Returns false if that ended the lane.
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

/// A request that was sent and is not answered.
struct NATSRequest: Sendable {
    /// The token of its answer in the inbox.
    let token: UInt64
    let deadline: MonotonicTime
}
