import Bytes
import NATS

/// One connection of the central side to a NATS server, on which it makes what stations need: the streams, and the
/// consumers of each station. It asks one thing at a time, and every wait ends.
///
/// The owner hands in what it receives, sends what `drainOutput` appends after each call, and calls `expire` when
/// `deadline` has come, until there is an `outcome`.
public struct NATSSetup: Sendable {
    private static let waitMillis: Int64 = 10_000

    private enum Phase {
        case introduction
        case authentication
        case making(token: UInt64)
    }

    /// What was made or is there, in words; or why it cannot be. Nil until then.
    public private(set) var outcome: Result<[String], UplinkFault>?
    /// When to call `expire`.
    public private(set) var deadline: MonotonicTime

    private let identity: UplinkIdentity
    private let names: NATSStationNames
    private var furnishing: NATSFurnishing
    private var phase = Phase.introduction
    private var machine = NATSClientMachine()
    private var inbox: NATSInbox
    private var output: [UInt8] = []

    /// Starts on an open connection.
    ///
    /// - Parameters:
    ///   - identity: the credentials of a user who may make streams.
    ///   - stations: the numbers of the stations.
    ///   - generator: must be unpredictable, because it chooses the subjects that answers come on.
    public init(
        _ identity: UplinkIdentity, stations: [Int64], now: MonotonicTime,
        using generator: inout some RandomNumberGenerator
    ) {
        self.identity = identity
        names = NATSStationNames(
            stationID: identity.stationID, domain: identity.domain.flatMap { JetStreamName($0) })
        var items: [NATSFurnishing.Item] = [
            .stream(names.streamConfiguration()), .stream(names.commandStreamConfiguration()),
        ]
        for station in stations {
            let names = NATSStationNames(stationID: station)
            let wait = NATSLaneLimits().acknowledgementWaitMillis
            items.append(.consumer(names.markConfiguration))
            items.append(.consumer(names.consumerConfiguration(acknowledgementWaitMillis: wait)))
        }
        furnishing = NATSFurnishing(items, names: names, isCentral: true)
        inbox = NATSInbox(using: &generator)
        deadline = now.advanced(byMilliseconds: Self.waitMillis)
    }

    /// Receives bytes from the server.
    public mutating func receive(_ bytes: Span<UInt8>, now: MonotonicTime) {
        machine.receive(bytes)
        while outcome == nil, let event = machine.nextEvent() { act(on: event, now: now) }
        if machine.hasReplies { machine.drainReplies(into: &output) }
    }

    /// Notes that the connection has ended.
    public mutating func ended(_ reason: String) {
        if outcome == nil { outcome = .failure(UplinkFault(reason)) }
    }

    /// Acts on a wait that has ended.
    public mutating func expire(now: MonotonicTime) {
        if outcome == nil, deadline <= now { ended("the NATS server did not answer in time") }
    }

    /// Moves the bytes to be sent to the end of `output`.
    public mutating func drainOutput(into output: inout [UInt8]) {
        output.append(contentsOf: self.output)
        self.output = []
    }

    // MARK: -

    private mutating func act(on event: NATSEvent, now: MonotonicTime) {
        switch event {
        case .information: if case .introduction = phase { greet(now: now) }
        case .pong: if case .authentication = phase { ask(now: now) }
        case .message(let message): receive(message, now: now)
        case .error(let error): ended(error.message)
        case .fault(let fault): ended("the NATS server breaks the protocol: \(fault.message)")
        case .ok: break
        }
    }

    private mutating func greet(now: MonotonicTime) {
        do {
            try machine.connect(
                as: NATSCredentials(identity), name: "stationd nats-setup", version: identity.version, into: &output)
            machine.subscribe(to: inbox.filter, sid: 1, into: &output)
            machine.ping(into: &output)
            phase = .authentication
        } catch {
            ended(error.message)
        }
    }

    private mutating func ask(now: MonotonicTime) {
        guard let request = furnishing.request else {
            outcome = .success(furnishing.made)
            return
        }
        let token = inbox.nextToken()
        do {
            try machine.publish(
                to: names.subject(of: request), reply: inbox.subject(token), payload: request.payload, into: &output)
            phase = .making(token: token)
            deadline = now.advanced(byMilliseconds: Self.waitMillis)
        } catch {
            ended(error.message)
        }
    }

    private mutating func receive(_ message: NATSMessage, now: MonotonicTime) {
        guard case .making(let token) = phase, inbox.token(of: message) == token else { return }
        if let fault = furnishing.receive(message) { return ended(fault.message) }
        ask(now: now)
    }
}

extension NATSCredentials {
    /// How a station, or the central side, shows itself to a NATS server.
    init(_ identity: UplinkIdentity) {
        if let user = identity.credentials {
            self = .signed(user)
        } else if let token = identity.token {
            self = .token(token)
        } else if let user = identity.user {
            self = .user(user, password: identity.password ?? "")
        } else {
            self = .none
        }
    }
}
