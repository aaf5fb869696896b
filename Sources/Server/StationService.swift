import Bytes
import Domain
import Gateway
import HTTP
import JSON
import Platform
import Store

/// The station as a service of the loop: it wires the owners of the state together and calls them in the order of a
/// turn.
public final class StationService: ChildHandler, TurnHandler {
    /// The version of this program.
    public static let version = "1.0.0"

    /// The options of a station.
    public struct Options {
        /// The configuration at the start.
        public var configuration: Configuration
        /// Signs tokens (RFC 7519, HS256); at least 32 bytes.
        public var secret: [UInt8]
        /// The private key with which a central server signs commands, 32 bytes (RFC 8032, section 5.1.5); empty for
        /// none.
        public var commandSeed: [UInt8] = []
        /// What was found before the data directory was opened.
        public var findings: [Finding] = []
        /// Whether the data directory is on a read-only file system. Then what is there can be read, and every change
        /// is refused with 507.
        public var isWriteProtected = false
        /// Whether the station goes on although something is missing, so that its state is unknown.
        public var acceptsLoss = false
        /// The epoch of a new data directory: a random name that no other directory has.
        public var newEpoch: String
        /// Reads the configuration file again; nil if there is none.
        public var readConfiguration: (() throws(ConfigurationFault) -> Configuration)?
        /// Reads the system's files, such as `/etc/hosts`: at most their first `ResolverFiles.bytesMax` bytes; nil if a
        /// file cannot be read.
        public var readSystemFile: (String) -> [UInt8]?
        /// TLS; nil in a build without.
        public var tls: TLSSource?

        /// Creates options for a station without a configuration file that looks up no names.
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

    /// The faults found when the data directory was opened.
    public let findings: [Finding]

    private let liveConfiguration: LiveConfiguration
    let durable: DurableDesk
    let upkeep: Upkeep
    let status: StatusAPI
    private let startedAt: Moment
    private let certificates: PresentedCertificates
    private let accounts: Accounts
    let delivery: Delivery
    private let sockets: NotificationSockets
    private let upstream: Upstream
    private let escalations: Escalations
    private let jobs: JobQueue
    /// Nil if this is no central server.
    private let central: CentralRole?
    private let operatorControl: OperatorControl
    private let rest: REST

    /// Locks the data directory, recovers the journal and restores the state.
    ///
    /// - Throws: `locked`, `unknownFormat`, `disk`.
    public init(disk: any Disk, options: Options, now: Moment) throws(StoreError) {
        let repairs = options.isWriteProtected ? ReadOnlyDisk(over: disk) : nil
        let disk = repairs ?? disk
        let opening = try Opening(disk: disk, options: options)
        if let repairs {
            repairs.seal()
            opening.journal.protect(ReadOnlyDisk.refusal(.write, StorePath.journal))
        }
        let configuration = LiveConfiguration(options.configuration, readAgain: options.readConfiguration)
        let durable = DurableDesk(
            desk: opening.desk, journal: opening.journal, checkpointed: opening.checkpointed,
            journalBytesMax: options.configuration.limits.journalBytesMax, now: now.monotonic)
        let contacts = MemberContacts()
        let refusals = RefusalCounts()
        let writeQuota = WriteQuota(configuration: configuration, refusals: refusals)
        let accounts = Accounts(
            durable: durable, configuration: configuration, refusals: refusals, secret: options.secret)
        let delivery = Delivery(durable: durable, configuration: configuration, contacts: contacts)
        let inbox = InboxAPI(durable: durable)
        let jobs = JobQueue(durable: durable)
        self.jobs = jobs
        let people = PeopleAPI(durable: durable, accounts: accounts)
        let central =
            options.configuration.isCentral
            ? CentralRole(durable: durable, contacts: contacts, signer: CommandSigner(seed: options.commandSeed)) : nil
        let fleet = central.map { FleetAPI(durable: durable, accounts: accounts, central: $0, contacts: contacts) }
        liveConfiguration = configuration
        self.durable = durable
        self.accounts = accounts
        self.delivery = delivery
        self.central = central
        findings = opening.findings
        startedAt = now
        certificates = PresentedCertificates(options.tls, configuration: configuration, now: now.monotonic)
        upstream = Upstream(
            durable: durable, configuration: configuration, files: ResolverFiles(read: options.readSystemFile),
            tls: options.tls, now: now.monotonic)
        upkeep = Upkeep(
            durable: durable, disk: disk, configuration: configuration, upstream: upstream,
            isCursorAhead: opening.isCursorAhead, now: now.monotonic)
        escalations = Escalations(durable: durable, configuration: configuration)
        sockets = NotificationSockets(
            accounts: accounts, writeQuota: writeQuota, delivery: delivery, inbox: inbox, configuration: configuration,
            resumption: Resumption(durable: durable, delivery: delivery, secret: options.secret), jobs: jobs)
        status = StatusAPI(
            durable: durable, configuration: configuration, disk: disk, accounts: accounts, delivery: delivery,
            upstream: upstream, refusals: refusals, startedAt: now, findings: opening.findings)
        operatorControl = OperatorControl(durable: durable, accounts: accounts, people: people, fleet: fleet)
        rest = REST(
            accounts: accounts, writeQuota: writeQuota, refusals: refusals,
            tickets: TicketAPI(durable: durable, delivery: delivery),
            answers: AnswerAPI(durable: durable), people: people, inbox: inbox, status: status, sockets: sockets,
            jobs: jobs, control: operatorControl,
            central: central, fleet: fleet)
    }

    /// The station's parts for the loop.
    public var handlers: Service {
        var service = Service(requests: rest)
        service.sockets = sockets
        service.webSockets = sockets
        service.presence = sockets
        service.delivery = sockets
        service.children = self
        service.outgoing = upstream
        service.turn = self
        return service
    }

    /// The configuration in force, which `reload` may change.
    public var configuration: Configuration { liveConfiguration.current }

    /// Whether the data directory is on a read-only file system.
    public var isWriteProtected: Bool { durable.journal.isWriteProtected }

    /// The last event that the central server has confirmed; 0 if there is none.
    public var shippedThrough: UInt64 { upstream.shippedThrough }

    /// The state, for reading.
    public var desk: Desk { durable.desk }

    /// Answers a request of the machine's owner below `/control/v1`. Its changes are durable after the next commit.
    public func control(_ request: HTTPRequest, now: Moment) -> HTTPResponse {
        operatorControl.answer(request, now: now)
    }

    // MARK: The turn, in its order

    /// Hands the result of a child process to its owner: `Accounts` for work on a password, otherwise `Upkeep`.
    public func childEnded(_ child: ConnectionID, output: [UInt8], through loop: EventLoop, now: Moment) {
        let result = (try? JSONParser.parse(output)) ?? .null
        let isPassword = accounts.childEnded(child, result: result, through: loop, now: now) {
            (draft, member, caller) throws(Refusal) in
            guard let central else { throw .notFound("Not Found") }
            return try central.queue(draft, for: member, by: caller, through: loop, now: now)
        }
        if !isPassword { upkeep.childEnded(child, result: result, through: loop, now: now) }
    }

    /// The earliest deadline of all owners; a time in the past while there is something to send at once.
    public var deadline: MonotonicTime? {
        // A client with missed events to send, or events to ship, keeps the loop awake.
        if delivery.catchUps.isReady || upstream.wantsTurn || jobs.isBusy { return startedAt.monotonic }
        return .earlier(
            .earlier(
                .earlier(upkeep.deadline, escalations.deadline(startedAt: startedAt.monotonic)),
                .earlier(sockets.deadline, certificates.deadline)),
            .earlier(delivery.proofs.deadline, .earlier(central?.deadline, upstream.deadline)))
    }

    /// Lets each owner do what is due.
    public func expire(through loop: EventLoop, now: Moment) {
        sockets.expire(through: loop, now: now)
        upstream.expire(through: loop, now: now)
        delivery.proofs.expire(through: loop, now: now)
        central?.expire(through: loop, now: now)
        escalations.expire(through: loop, now: now)
        certificates.expire(through: loop, now: now)
        upkeep.maintain(through: loop, now: now)
    }

    /// The number of the last event that was decided.
    public var lastSequence: UInt64 { durable.desk.lastSequence }

    /// The number of the last event that is durable.
    public var durableSequence: UInt64 { durable.durableSequence }

    /// Writes the staged records.
    public func beginCommit(now: Moment) throws(ServiceFailure) -> SyncRequest? {
        do {
            return try durable.beginCommit()
        } catch {
            throw ServiceFailure("\(error)")
        }
    }

    /// The records that `beginCommit` wrote are durable.
    public func endCommit(_ outcome: SyncOutcome, now: Moment) throws(ServiceFailure) {
        do {
            try durable.endCommit(outcome)
        } catch {
            throw ServiceFailure("\(error)")
        }
    }

    /// Makes all changes durable here and now, where no loop runs.
    public func commit() throws(StoreError) { try durable.commit() }

    /// Announces the events that have become durable.
    public func release(through loop: EventLoop, now: Moment) {
        central?.endTurn()
        let events = durable.dequeueDurable()
        guard !events.isEmpty else { return }
        delivery.announcer.announce(events, through: loop, now: now)
        for staged in events { escalations.note(staged.event, now: now) }
        if let central { for staged in events { central.dismissWaiters(after: staged.event, through: loop) } }
    }

    /// Announces the last events to the next receivers; after the last one, starts the chores that follow a commit.
    public func announce(toNext countMax: Int, through loop: EventLoop, now: Moment) -> Bool {
        if delivery.announcer.announceLast(toNext: countMax, through: loop, now: now) { return true }
        if loop.isDraining { central?.expire(through: loop, now: now) }
        upkeep.maintain(through: loop, now: now)
        upstream.acknowledgeCommands(through: loop, now: now)
        return false
    }

    /// Goes on with jobs, ships a share of the events to the central server, and sends one subscriber a share of what
    /// it missed.
    public func catchUp(through loop: EventLoop, now: Moment) {
        jobs.work(through: loop, now: now)
        upstream.ship(through: loop, now: now)
        delivery.catchUp(through: loop, now: now)
    }

    // MARK: Reload and stop

    /// Reads the configuration file again and applies the settings that may change while the station runs. Faults of
    /// the file are logged and change nothing.
    public func reload(through loop: EventLoop, now: Moment) {
        do throws(ConfigurationFault) {
            guard let changes = try liveConfiguration.reload() else {
                return loop.log.write(
                    .info, "Server", "SIGHUP: there is no configuration file to read again", at: now)
            }
            loop.settings = GatewaySettings(configuration)
            loop.log.level = configuration.logLevel
            durable.configure(configuration.desk)
            certificates.reload(through: loop, now: now)
            upstream.reload(through: loop, now: now)
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

    /// Ends a clean stop, when no client waits any more: stores the proofs of delivery, and brings the documents up to
    /// date unless that would take long.
    ///
    /// - Parameter report: receives the findings, also if this throws.
    /// - Throws: `journalFailed`, `locked`, `disk`.
    public func finish(now: Moment, report: ([Finding]) -> Void = { _ in }) throws(StoreError) {
        delivery.proofs.store(now: now)
        upstream.noteShipped(now: now)
        try durable.commit()
        try upkeep.finish(report: report)
    }
}
