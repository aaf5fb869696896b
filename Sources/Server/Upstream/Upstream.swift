import Bytes
import Domain
import Gateway
import JSON
import Platform
import TLS
import Uplink

/// The station's relation to its central server, as configured: none, or a link that ships events and receives
/// commands.
final class Upstream: OutgoingHandler {
    /// The parts that exist while a central server is configured.
    private struct Link {
        let peer: UpstreamPeer
        let intake: CommandIntake
        let shipping: ShippingLink
        /// Nil over NATS, where commands come on the connection that ships.
        let commands: CommandLink?
    }

    private let durable: DurableDesk
    private let configuration: LiveConfiguration
    private let files: ResolverFiles
    private let tls: TLSSource?
    private var link: Link?
    /// Whether the station is stopping, so that nothing more is due.
    private var isStopping = false

    init(
        durable: DurableDesk, configuration: LiveConfiguration, files: ResolverFiles, tls: TLSSource?,
        now: MonotonicTime
    ) {
        self.tls = tls
        self.durable = durable
        self.configuration = configuration
        self.files = files
        link = makeLink(now: now)
    }

    private func makeLink(now: MonotonicTime) -> Link? {
        let settings = configuration.current
        guard let peer = UpstreamPeer(settings, epoch: durable.epoch, tls: tls) else { return nil }
        let isHTTP = peer.urls[0].scheme.isHTTP
        let intake = CommandIntake(durable: durable, peer: peer, closesWhenFull: isHTTP)
        let shipping = ShippingLink(durable: durable, peer: peer, intake: intake, files: files, now: now)
        let commands =
            isHTTP ? CommandLink(durable: durable, peer: peer, intake: intake, files: files, now: now) : nil
        return Link(peer: peer, intake: intake, shipping: shipping, commands: commands)
    }

    /// Applies a configuration that was read again: makes a new link if the relation has changed, otherwise tries to
    /// connect at once.
    func reload(through loop: EventLoop, now: Moment) {
        // With TLS, files that a reload should read again may have changed.
        let isSecure = configuration.current.upstream.urls.first?.scheme.isSecure == true
        guard isSecure || link?.peer.settings != configuration.current.upstream else {
            link?.shipping.tryNow(now.monotonic)
            link?.commands?.tryNow(now.monotonic)
            return
        }
        if link != nil {
            hangUp(through: loop)
            if configuration.current.upstream.urls.isEmpty {
                loop.log.write(.info, "Uplink", "There is no longer a central server", at: now)
            }
        }
        link = makeLink(now: now.monotonic)
    }

    private func hangUp(through loop: EventLoop) {
        link?.shipping.connection.hangUp(through: loop)
        link?.commands?.connection.hangUp(through: loop)
    }

    // MARK: The turn

    /// Whether there is more to ship at once, so that the loop must not sleep.
    var wantsTurn: Bool { link?.shipping.wantsTurn == true }

    /// When `expire` is to be called, if at all.
    var deadline: MonotonicTime? {
        guard let link, !isStopping else { return nil }
        return .earlier(link.shipping.deadline, link.commands?.deadline(isUp: link.shipping.isUp))
    }

    func expire(through loop: EventLoop, now: Moment) {
        guard let link else { return }
        guard !loop.isDraining else {
            isStopping = true
            return
        }
        let (shipping, commands) = (link.shipping, link.commands)
        if shipping.connection.expireLane(now: now) { shipping.attend(through: loop, now: now) }
        if let commands, commands.connection.expireLane(now: now) {
            end(commands.attend(through: loop, now: now), through: loop, now: now)
        }
        shipping.connection.expireDialing(through: loop, now: now)
        commands?.connection.expireDialing(through: loop, now: now)
        shipping.dialIfDue(through: loop, now: now)
        commands?.dialIfDue(shipping.url, with: shipping.client, isUp: shipping.isUp, through: loop, now: now)
        handleDialResults(through: loop, now: now)
        shipping.noteIfDue(now: now)
    }

    /// The last event that the central server has confirmed; 0 if there is none.
    var shippedThrough: UInt64 { link?.shipping.machine.cursor ?? 0 }

    /// Ships a share of the waiting events.
    func ship(through loop: EventLoop, now: Moment) { link?.shipping.ship(through: loop, now: now) }

    /// Acknowledges the commands whose outcomes have become durable.
    func acknowledgeCommands(through loop: EventLoop, now: Moment) {
        guard let link else { return }
        let outcomes = link.intake.dequeueOutcomes()
        guard !outcomes.isEmpty else { return }
        for (connection, number) in outcomes {
            if link.shipping.connection.isSpoken(over: connection) {
                link.shipping.connection.acknowledge(number, now: now)
            } else if let commands = link.commands, commands.connection.isSpoken(over: connection) {
                commands.connection.acknowledge(number, now: now)
            }
        }
        link.shipping.attend(through: loop, now: now)
        end(link.commands?.attend(through: loop, now: now), through: loop, now: now)
    }

    /// Stores the cursor, with the next commit.
    func noteShipped(now: Moment) { link?.shipping.note(now: now) }

    /// Logs that the central server will not get the records up to `end`, unless it has them.
    func warnOfLoss(through end: UInt64, through loop: EventLoop, now: Moment) {
        guard let cursor = link?.shipping.machine.cursor, cursor < end else { return }
        loop.log.write(
            .warning, "Uplink",
            "The central server will not get the events \(cursor + 1) to \(end): it will get the tickets as they are",
            at: now)
    }

    // MARK: What the loop reports

    func outgoingConnected(_ connection: ConnectionID, through loop: EventLoop, now: Moment) {
        guard let link else { return loop.closeOutgoing(connection) }
        if !link.shipping.connection.connected(connection, through: loop, now: now) {
            _ = link.commands?.connection.connected(connection, through: loop, now: now)
        }
        handleDialResults(through: loop, now: now)
    }

    func outgoingSecured(_ connection: ConnectionID, through loop: EventLoop, now: Moment) {
        guard let link else { return loop.closeOutgoing(connection) }
        if !link.shipping.connection.secured(connection) { _ = link.commands?.connection.secured(connection) }
        handleDialResults(through: loop, now: now)
    }

    func outgoingReceived(
        _ bytes: Span<UInt8>, from connection: ConnectionID, through loop: EventLoop, now: Moment
    ) {
        guard let link else { return loop.closeOutgoing(connection) }
        if link.shipping.connection.isSpoken(over: connection) {
            link.shipping.connection.receive(bytes, now: now)
            link.shipping.attend(through: loop, now: now)
        } else if let commands = link.commands, commands.connection.isSpoken(over: connection) {
            commands.connection.receive(bytes, now: now)
            end(commands.attend(through: loop, now: now), through: loop, now: now)
        } else {
            if !link.shipping.connection.receivedWhileDialing(bytes, from: connection, through: loop, now: now) {
                _ = link.commands?.connection.receivedWhileDialing(bytes, from: connection, through: loop, now: now)
            }
            handleDialResults(through: loop, now: now)
        }
    }

    func outgoingEnded(
        _ connection: ConnectionID, _ end: OutgoingEnd, through loop: EventLoop, now: Moment
    ) {
        guard let link else { return }
        // At a stop the loop closes what the station has opened, which says nothing about the central server.
        guard !loop.isDraining else { return hangUp(through: loop) }
        if link.shipping.connection.isSpoken(over: connection) {
            if !end.isOfSecurity { link.shipping.connection.inputClosed(now: now) }
            link.shipping.attend(through: loop, now: now)
            guard link.shipping.connection.isSpoken(over: connection) else { return }
            link.shipping.lose(UplinkFault(end), through: loop, now: now)
        } else if let commands = link.commands, commands.connection.isSpoken(over: connection) {
            commands.connection.inputClosed(now: now)
            self.end(commands.attend(through: loop, now: now), through: loop, now: now)
            guard commands.connection.isSpoken(over: connection) else { return }
            self.end(commands.lose(UplinkFault(end), through: loop, now: now), through: loop, now: now)
        } else {
            if !link.shipping.connection.endedWhileDialing(connection, end, through: loop, now: now) {
                _ = link.commands?.connection.endedWhileDialing(connection, end, through: loop, now: now)
            }
            handleDialResults(through: loop, now: now)
        }
    }

    private func handleDialResults(through loop: EventLoop, now: Moment) {
        link?.shipping.handleDialResult(through: loop, now: now)
        end(link?.commands?.handleDialResult(through: loop, now: now), through: loop, now: now)
    }

    /// Ends shipping because of a fault of the connection for commands.
    private func end(_ fault: UplinkFault?, through loop: EventLoop, now: Moment) {
        guard let fault, let shipping = link?.shipping, shipping.isUp else { return }
        shipping.lose(fault, through: loop, now: now)
    }

    // MARK: Status and metrics

    /// Writes the member `upstream` of the status.
    func writeStatus(into writer: inout JSONWriter, now: Moment) {
        writer.beginObject()
        defer { writer.endObject() }
        guard let link else {
            writer.member("state", "not configured")
            writer.member("backlog_events", 0)
            return
        }
        let machine = link.shipping.machine
        writer.member("state", machine.state.rawValue)
        writer.member("url", link.shipping.url.text)
        writer.member("backlog_events", link.shipping.backlogCount)
        writer.member("backlog_seconds", link.shipping.backlogSeconds(now: now))
        writer.member("shipped_through", machine.cursor)
        writer.member("last_success", machine.lastSuccess)
        writer.member("last_error", machine.lastFault?.message)
        let wait = machine.deadline.map { max(0, $0.milliseconds(since: now.monotonic)) }
        writer.member("next_try_seconds", wait.map { ($0 + 999) / 1_000 })
        writer.member("clock_offset_seconds", link.shipping.clockOffsetMillis.map { $0 / 1_000 })
        writer.member("commands", link.intake.count)
        writer.member("commands_distrusted", link.intake.distrustedCount)
        writer.member("last_distrust", link.intake.lastDistrust)
    }

    func writeMetrics(into text: inout MetricsText) {
        guard let link else { return }
        text.gauge("stationd_upstream_up", "1 while the central server is reached.", link.shipping.isUp ? 1 : 0)
        text.gauge(
            "stationd_upstream_backlog_events", "Events that wait for the central server, at most.",
            link.shipping.backlogCount)
        text.gauge(
            "stationd_upstream_shipped_sequence", "The last event that the central server has.",
            link.shipping.machine.cursor)
        text.counter(
            "stationd_upstream_shipped_total", "Events sent to the central server.", link.shipping.shippedCount)
        text.counter(
            "stationd_upstream_commands_total", "Commands of the central server handled.", link.intake.count)
        text.counter(
            "stationd_upstream_commands_distrusted_total",
            "Commands that are not known to be the central server's, and were not carried out.",
            link.intake.distrustedCount)
        text.gauge(
            "stationd_upstream_last_success_seconds",
            "When the central server last confirmed something, in seconds since 1970.",
            link.shipping.machine.lastSuccess?.seconds ?? 0)
    }
}

/// The central server that is configured, and how the station presents itself there.
struct UpstreamPeer {
    let settings: UpstreamSettings
    /// Where to reach it: at least one URL.
    let urls: [UpstreamURL]
    /// Without the credentials that a file has.
    let identity: UplinkIdentity
    private let tls: TLSSource?
    private let configuration: Configuration
    /// The path of that file, which is read for each connection; nil for none.
    let credentialsPath: String?

    /// Nil if no central server is configured.
    init?(_ configuration: Configuration, epoch: String, tls: TLSSource?) {
        self.tls = tls
        self.configuration = configuration
        settings = configuration.upstream
        urls = settings.urls
        guard !urls.isEmpty else { return nil }
        credentialsPath = configuration.upstreamCredentialsPath
        func optional(_ text: String) -> String? { text.isEmpty ? nil : text }
        var identity = UplinkIdentity(
            stationID: configuration.stationID, epoch: epoch, version: StationService.version,
            token: optional(settings.token), user: optional(settings.user), password: optional(settings.password))
        identity.domain = optional(settings.domain)
        identity.isEncrypted = urls[0].scheme.isSecure
        self.identity = identity
    }

    /// Reads the files that TLS needs.
    func makeClient() throws(UplinkFault) -> any TLSClient {
        guard let tls else {
            throw UplinkFault("this build of stationd has no TLS, which \(urls[0].text) needs", .intervention)
        }
        do throws(TLSFault) {
            return try tls.makeClient(configuration)
        } catch {
            throw UplinkFault("TLS cannot be used: \(error)", .intervention)
        }
    }
}
