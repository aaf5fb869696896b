import Bytes
import Gateway
import HTTP
import Platform
import Uplink

/// Makes what the stations of a fleet need on a NATS server, over the first of several servers of a cluster that can be
/// reached. It is the service of a loop of its own, which turns until there is an outcome.
public final class NATSSetupRun: RequestHandler, OutgoingHandler, TurnHandler {
    /// What was made, in words; or why it cannot be. Nil until then.
    public private(set) var outcome: Result<[String], SetupFault>?

    private let identity: UplinkIdentity
    private let stations: [Int64]
    private var urls: ArraySlice<UpstreamURL>
    private var dialer: Dialer
    private var line: (connection: ConnectionID, setup: NATSSetup)?

    /// Prepares a run.
    ///
    /// - Parameters:
    ///   - urls: the servers, the first to be tried first.
    ///   - user: the name of a user who may make streams, with `password`; nil for none.
    ///   - credentials: the path of a file with the credentials of such a user; nil for none.
    ///   - stations: the numbers of the stations.
    /// - Throws: if the file of credentials cannot be read.
    public init(
        _ urls: [UpstreamURL], user: String?, password: String?, credentials: String?, stations: [Int64],
        readSystemFile: @escaping (String) -> [UInt8]?
    ) throws(SetupFault) {
        self.urls = urls[...]
        self.stations = stations
        var identity = UplinkIdentity(
            stationID: 0, epoch: "", version: StationService.version, user: user, password: password)
        if let credentials {
            do {
                try identity.readCredentials(readSystemFile(credentials), from: credentials)
            } catch {
                throw SetupFault(error.message)
            }
        }
        self.identity = identity
        dialer = Dialer(files: ResolverFiles(read: readSystemFile))
    }

    /// The run as the service of a loop.
    public var handlers: Service {
        var service = Service(requests: self)
        service.outgoing = self
        service.turn = self
        return service
    }

    /// Answers nothing: the loop listens nowhere.
    public func answer(
        _ request: HTTPRequest, from exchange: Exchange, through loop: EventLoop, now: Moment
    ) -> Answer { .response(ErrorBody.response(.notFound, "Not Found")) }

    /// Begins with the first server, and ends what takes too long.
    public func expire(through loop: EventLoop, now: Moment) {
        guard outcome == nil else { return }
        if line == nil, !dialer.isDialing { return dial(through: loop, now: now) }
        dialer.expire(through: loop, now: now)
        line?.setup.expire(now: now.monotonic)
        proceed(through: loop, now: now)
    }

    private func dial(through loop: EventLoop, now: Moment) {
        guard let url = urls.popFirst() else {
            outcome = .failure(SetupFault("no server was named"))
            return
        }
        dialer.start(host: url.host, port: url.port, through: loop, now: now)
        proceed(through: loop, now: now)
    }

    private func proceed(through loop: EventLoop, now: Moment) {
        switch dialer.dequeueResult() {
        case .connected(let connection)?:
            let setup = Self.makeSetup(identity, stations, &loop.random, now: now)
            line = (connection, setup)
        case .failed(let sentence)?:
            fail(SetupFault("cannot reach the NATS server: \(sentence)"), through: loop, now: now)
        case nil: break
        }
        guard let connection = line?.connection else { return }
        var output: [UInt8] = []
        line?.setup.drainOutput(into: &output)
        if !output.isEmpty, !loop.send(output, to: connection) { line?.setup.ended("the connection accepts no more") }
        switch line?.setup.outcome {
        case .success(let made)?: outcome = .success(made)
        case .failure(let fault)?:
            loop.closeOutgoing(connection)
            fail(SetupFault(fault.message), through: loop, now: now)
        case nil: break
        }
    }

    /// A function of its own, as in `ShippingLink`.
    private static func makeSetup(
        _ identity: UplinkIdentity, _ stations: [Int64], _ random: inout some RandomNumberGenerator, now: Moment
    ) -> NATSSetup {
        NATSSetup(identity, stations: stations, now: now.monotonic, using: &random)
    }

    /// Goes on with the next server; the fault is the outcome if there is none.
    private func fail(_ fault: SetupFault, through loop: EventLoop, now: Moment) {
        line = nil
        if urls.isEmpty { outcome = .failure(fault) } else { dial(through: loop, now: now) }
    }

    // MARK: What the loop reports

    /// A server has accepted the connection.
    public func outgoingConnected(_ connection: ConnectionID, through loop: EventLoop, now: Moment) {
        _ = dialer.connected(connection, through: loop, now: now)
        proceed(through: loop, now: now)
    }

    /// Never called: no TLS is begun here.
    public func outgoingSecured(_ connection: ConnectionID, through loop: EventLoop, now: Moment) {}

    /// Bytes have arrived, of the NATS server or of a name server.
    public func outgoingReceived(
        _ bytes: Span<UInt8>, from connection: ConnectionID, through loop: EventLoop, now: Moment
    ) {
        if line?.connection == connection {
            line?.setup.receive(bytes, now: now.monotonic)
        } else {
            _ = dialer.received(bytes, from: connection, through: loop, now: now)
        }
        proceed(through: loop, now: now)
    }

    /// A connection has ended.
    public func outgoingEnded(_ connection: ConnectionID, _ end: OutgoingEnd, through loop: EventLoop, now: Moment) {
        if line?.connection == connection {
            line?.setup.ended(UplinkFault(end).message)
        } else {
            _ = dialer.ended(connection, end, through: loop, now: now)
        }
        proceed(through: loop, now: now)
    }

    // MARK: The turn, in which nothing is stored

    /// When `expire` is to be called.
    public var deadline: MonotonicTime? {
        guard outcome == nil else { return nil }
        if line == nil, !dialer.isDialing { return MonotonicTime(milliseconds: 0) }
        return .earlier(dialer.deadline, line?.setup.deadline)
    }

    /// There are no events.
    public var lastSequence: UInt64 { 0 }
    /// There are no events.
    public var durableSequence: UInt64 { 0 }
    /// There is nothing to commit.
    public func beginCommit(now: Moment) throws(ServiceFailure) -> SyncRequest? { nil }
    /// There is nothing to commit.
    public func endCommit(_ outcome: SyncOutcome, now: Moment) throws(ServiceFailure) {}
    /// There is nothing to release.
    public func release(through loop: EventLoop, now: Moment) {}
    /// There is nothing to announce.
    public func announce(toNext countMax: Int, through loop: EventLoop, now: Moment) -> Bool { false }
    /// Nobody has missed anything.
    public func catchUp(through loop: EventLoop, now: Moment) {}
    /// There is nothing to read again.
    public func reload(through loop: EventLoop, now: Moment) {}
}

/// Why a NATS server could not be set up.
public struct SetupFault: Error {
    /// A sentence for an operator, without a full stop.
    public let message: String

    init(_ message: String) { self.message = message }
}

/// What stations must be permitted on a NATS server.
public enum FleetPermissions {
    /// The accounts of a station and of the central side, in the syntax of nats-server's configuration.
    public static func text(of stationID: Int64) -> String {
        let exports = NATSPermissions.exports.split(separator: "\n").map { "#   \($0)\n" }.joined()
        return """
            # Station \(stationID): put this into `accounts { }` of nats-server's configuration. The account
            # \(NATSPermissions.centralAccount), which has JetStream and the streams, needs these exports once for all:
            #
            \(exports)#
            \(NATSPermissions.account(of: stationID))
            """
    }
}
