import Bytes
import Crypto
import Domain
import Gateway
import HTTP
import JSON
import Platform
import SocketIO
import Store
import WebSocket

/// The station: the desk's state, the journal behind it, and what clients may ask of both.
///
/// Within a turn commands are decided and applied at once and their records staged; `commit` makes them durable,
/// `release` tells those whom they concern.
public final class StationService: Service {
    public static let version = "1.0.0"

    /// What the station is opened with.
    public struct Options {
        public var configuration: Configuration
        /// What signs tokens (RFC 7519, HS256); 32 bytes or more.
        public var secret: [UInt8]
        /// For a new data directory: a random name that no other has.
        public var newEpoch: String
        /// Reads the configuration file again; nil where there is none.
        public var readConfiguration: (() throws(ConfigurationFault) -> Configuration)?
        /// Reads the system's files, such as `/etc/hosts`: at most their first `ResolverFiles.bytesMax` bytes; nil
        /// where one cannot be read.
        public var readSystemFile: (String) -> [UInt8]?

        public init(
            configuration: Configuration, secret: [UInt8], newEpoch: String,
            readConfiguration: (() throws(ConfigurationFault) -> Configuration)? = nil,
            readSystemFile: @escaping (String) -> [UInt8]? = { _ in nil }
        ) {
            self.configuration = configuration
            self.secret = secret
            self.newEpoch = newEpoch
            self.readConfiguration = readConfiguration
            self.readSystemFile = readSystemFile
        }
    }

    public internal(set) var configuration: Configuration
    let readConfiguration: (() throws(ConfigurationFault) -> Configuration)?
    let secret: [UInt8]
    var verifiedTokens: VerifiedTokens
    /// For whatever dials from here.
    let resolverFiles: ResolverFiles
    let disk: any Disk
    let journal: Journal
    let startedAt: Moment
    /// What was found when the data directory was opened.
    public let findings: [Finding]

    /// The state. A method that is called on it is called on a copy, which costs a retain and a release of each of its
    /// parts: nothing, or a tenth of a request. See `withDesk`.
    public internal(set) var desk: Desk
    /// Events that were applied in this turn and have not been told to anyone.
    var untold: [Untold] = []
    /// Everyone who listens was told of the events up to this one, or is catching up.
    var toldThrough: UInt64
    var subscribers = SubscriberTable()
    /// Those who missed something and can be sent more of it, the one who has waited longest first.
    var readyToCatchUp: [Subscriber] = []
    /// Where the records for them were read last: one who catches up alone reads on from there. Nil while nobody does.
    var missedRecords: JournalLookup?
    /// Since the start: notifications that were sent later than they happened, and those that were told as missing.
    var replayedCount = 0
    var missingCount = 0
    /// Whom the last notification went to; nil where that may be others by now: since somebody has come or gone, or a
    /// user or the settings have changed.
    var knownReceivers: Receivers?
    /// Those whose early ping has to wait a little.
    var duePings = TimerQueue<Subscriber>()
    /// What users have provably received, where that is not stored yet.
    var unstoredProofs: [Identifier: UInt64] = [:]
    /// When that is to be stored.
    var nextProofStore: MonotonicTime?
    /// The subscribers whose channel is a plain WebSocket.
    var plainSubscribers: [ConnectionID: Subscriber] = [:]
    /// Plain WebSockets that have yet to say who they are, longest first.
    var unauthenticated: [UnauthenticatedSocket] = []
    var loginTries = LoginTries()
    var passwordQueue = PasswordQueue<PasswordPurpose>()
    var fleetTraffic = FleetTraffic()
    var upkeep: Upkeep
    /// The way to the central server; nil where there is none.
    var upstream: UpstreamLink?

    /// Takes the data directory's lock, recovers the journal and restores the state.
    public init(disk: any Disk, options: Options, now: Moment) throws(StoreError) {
        let opening = try Opening(disk: disk, options: options)
        configuration = options.configuration
        readConfiguration = options.readConfiguration
        secret = options.secret
        verifiedTokens = VerifiedTokens(secret: secret)
        resolverFiles = ResolverFiles(read: options.readSystemFile)
        self.disk = disk
        journal = opening.journal
        desk = opening.desk
        toldThrough = opening.desk.lastSequence
        findings = opening.findings
        startedAt = now
        upkeep = Upkeep(
            checkpointed: opening.checkpointed, isCursorAhead: opening.isCursorAhead, now: now.monotonic)
        upstream = makeUpstream(now: now.monotonic)
    }

    /// Looks at the state where it stands: for what every request does.
    ///
    /// - Parameter look: must not use the property `desk`, nor call what does.
    @inline(__always)
    func withDesk<Result, Failure>(_ look: (inout Desk) throws(Failure) -> Result) throws(Failure) -> Result {
        try look(&desk)
    }

    /// The name of this data directory's sequences.
    var epoch: String { journal.epoch }

    // MARK: Commands

    /// Decides a command, stages its record and applies it. It is durable, and may be answered, after the turn's
    /// commit.
    ///
    /// - Parameter origin: the socket that it came by, which need not be told what it did itself.
    func execute(
        _ command: Command, by caller: Caller, origin: Subscriber? = nil, now: Moment
    ) throws(Refusal) -> Decision {
        try executeForAnswer(command, by: caller, origin: origin, now: now).decision
    }

    /// The same with the ticket that the event tells of, as answers have it.
    func executeForAnswer(
        _ command: Command, by caller: Caller, origin: Subscriber? = nil, now: Moment
    ) throws(Refusal) -> (decision: Decision, ticket: [UInt8]?) {
        let decision = try withDesk { (desk) throws(Refusal) in try desk.decide(command, by: caller, now: now.wall) }
        guard case .event(let event) = decision else { return (decision, nil) }
        let (record, place) = event.recordWithTicket()
        try stage(event, record: record, origin: origin)
        return (decision, place.map { Array(record[$0]) })
    }

    /// Stages an event that was decided, and applies it.
    func stage(_ event: Event, record: [UInt8], origin: Subscriber? = nil) throws(Refusal) {
        try mustFit(record.count)
        do {
            try journal.append(record)
        } catch {
            throw Refusal(error)
        }
        let (finished, isNews) = withDesk { desk in
            let told = (desk.fleetCommands(finishedBy: event), desk.isNews(event))
            desk.apply(event)
            return told
        }
        fleetTraffic.finished += finished
        if event.concernsUsers { knownReceivers = nil }
        untold.append(Untold(event: event, origin: origin, isNews: isNews))
    }

    public func commit(now: Moment) throws(ServiceFailure) {
        fleetTraffic.endTurn()
        do {
            try journal.commit()
        } catch {
            throw ServiceFailure("\(error)")
        }
    }

    // MARK: Time and children

    func command(_ job: ChildJob) -> ChildProcessCommand { job.command(dataPath: configuration.data) }

    public var deadline: MonotonicTime? {
        // Whoever can be sent more of what it missed does not wait for anything.
        if !readyToCatchUp.isEmpty || upstream?.wantsTurn == true { return startedAt.monotonic }
        var earliest = upkeep.deadline
        for deadline in [
            unauthenticated.first?.deadline, duePings.next, nextProofStore, fleetTraffic.nextDeadline,
            upstream?.deadline,
        ] {
            guard let deadline else { continue }
            earliest = earliest.map { min($0, deadline) } ?? deadline
        }
        return earliest
    }

    public func expire(through loop: EventLoop, now: Moment) {
        expireUnauthenticated(through: loop, now: now)
        expireUpstream(through: loop, now: now)
        sendDuePings(through: loop, now: now)
        storeDueProofs(now: now)
        answerWaitingStations(through: loop, now: now)
        maintain(through: loop, now: now)
    }

    public func childEnded(_ child: ConnectionID, output: [UInt8], through loop: EventLoop, now: Moment) {
        let result = (try? JSONParser.parse(output)) ?? .null
        if let purpose = passwordQueue.takePurpose(of: child) {
            passwordWorkEnded(purpose, result: result, through: loop, now: now)
            startPasswordWork(through: loop, now: now)
        } else {
            upkeepEnded(child, result: result, through: loop, now: now)
        }
    }

    public func release(through loop: EventLoop, now: Moment) {
        tell(through: loop, now: now)
        if loop.isDraining { answerWaitingStations(through: loop, now: now) }
        maintain(through: loop, now: now)
        acknowledgeCommands(through: loop, now: now)
    }

    // MARK: Configuration

    /// The loop's part of a configuration.
    public static func gatewaySettings(of configuration: Configuration) -> GatewaySettings {
        let limits = configuration.limits
        var http = HTTPLimits()
        http.requestTargetBytesMax = limits.requestTargetBytesMax
        // The request line has a method and a version beside its target.
        http.headBytesMax = max(limits.headBytesMax, limits.requestTargetBytesMax + 64)
        http.fieldCountMax = limits.fieldCountMax
        http.bodyBytesMax = limits.bodyBytesMax
        http.headTimeoutMillis = Int64(limits.headTimeoutMillis)
        http.bodyTimeoutMillis = Int64(limits.bodyTimeoutMillis)
        http.idleTimeoutMillis = Int64(limits.idleTimeoutMillis)
        http.requestsPerConnectionMax = limits.requestsPerConnectionMax
        let engine = EngineSettings(
            pingIntervalMillis: Int64(limits.pingIntervalMillis), pingTimeoutMillis: Int64(limits.pingTimeoutMillis),
            upgradeTimeoutMillis: Int64(limits.upgradeTimeoutMillis), maxPayload: limits.payloadBytesMax,
            bufferedBytesMax: max(limits.sendWindowBytesMax, 2 * limits.payloadBytesMax))
        let socketIO = SocketIOSettings(
            namespaces: ["/", Self.namespace], connectTimeoutMillis: Int64(limits.connectTimeoutMillis),
            attachmentBytesMax: limits.payloadBytesMax)
        return GatewaySettings(
            http: http, endpoints: [.init(path: "/socket.io/", engine: engine, socketIO: socketIO)],
            crossOrigin: CrossOriginPolicy(origins: configuration.corsOrigins),
            connectionsMax: limits.connectionsMax, connectionsPerAddressMax: limits.connectionsPerAddressMax,
            sendWindowBytesMax: limits.sendWindowBytesMax,
            slowClientTimeoutMillis: Int64(limits.slowClientTimeoutMillis),
            drainTimeoutMillis: Int64(limits.drainTimeoutMillis))
    }

    public func reload(through loop: EventLoop, now: Moment) {
        guard let readConfiguration else {
            return loop.log.write(.info, "Server", "SIGHUP: there is no configuration file to read again", at: now)
        }
        do throws(ConfigurationFault) {
            let changes = configuration.changes(to: try readConfiguration())
            configuration = changes.configuration
            loop.settings = Self.gatewaySettings(of: configuration)
            loop.log.level = configuration.logLevel
            desk.settings = configuration.desk
            knownReceivers = nil
            reloadUpstream(through: loop, now: now)
            for change in changes.applied { loop.log.write(.info, "Server", "Changed \(change)", at: now) }
            for change in changes.needRestart {
                loop.log.write(.warning, "Server", "Changes only at the next start: \(change)", at: now)
            }
            if changes.isEmpty { loop.log.write(.info, "Server", "The configuration is unchanged", at: now) }
        } catch {
            loop.log.write(.error, "Server", "The configuration stays as it was:", at: now)
            for message in error.messages { loop.log.write(.error, "Server", message, at: now) }
        }
    }
}

extension Refusal {
    /// What a client is told where the store has no room.
    init(_ error: StoreError) {
        switch error {
        case .recordTooLarge:
            self = .unprocessable("The change is too large to be stored")
        case .full(let cause) where !cause.number.isLackOfSpace:
            self = .insufficientStorage(
                "The station's journal has no room: it can be read but not changed until the next segment is had "
                    + "(\(cause))")
        case .numbersUsedUp:
            self = .insufficientStorage(
                "No number is left for another change: the station can be read but not changed until its data "
                    + "directory is repaired, see /readyz")
        default:
            self = .insufficientStorage(
                "The station's disk is full: it can be read but not changed until there is space again")
        }
    }
}

/// An event of this turn.
struct Untold {
    let event: Event
    let origin: Subscriber?
    /// Whether there is anything to tell.
    let isNews: Bool
}
