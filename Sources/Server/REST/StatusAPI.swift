import Bytes
import Domain
import Gateway
import HTTP
import JSON
import Platform
import Store

/// The state of the station for admins, for probes and for Prometheus.
struct StatusAPI {
    let durable: DurableDesk
    let configuration: LiveConfiguration
    let disk: any Disk
    let accounts: Accounts
    let delivery: Delivery
    let upstream: Upstream
    let refusals: RefusalCounts
    let startedAt: Moment
    /// The faults found when the data directory was opened.
    let findings: [Finding]

    private static let findingsMax = 100

    private var journal: Journal { durable.journal }

    private func uptimeSeconds(_ now: Moment) -> Int64 {
        now.monotonic.milliseconds(since: startedAt.monotonic) / 1000
    }

    // MARK: Status

    /// GET /api/v1/status.
    func status(_ request: APIRequest, _ user: User) throws(Refusal) -> any Job {
        guard user.role == .admin else { throw .forbidden("Forbidden resource") }
        return BufferedCountJob(delivery) { status(request, bufferedCount: $0, now: $1) }
    }

    private func status(_ request: APIRequest, bufferedCount: Int, now: Moment) -> HTTPResponse {
        .json { writer in
            writer.beginObject()
            writer.member("version", StationService.version)
            writer.member("station_id", configuration.current.stationID)
            writer.member("station_name", configuration.current.stationName)
            writer.member("epoch", durable.epoch)
            writer.member("started_at", startedAt.wall)
            writer.member("uptime_seconds", uptimeSeconds(now))
            writeClients(request, into: &writer)
            writer.key("notifications")
            writer.beginObject()
            writer.member("buffered", bufferedCount)
            writer.member("catching_up", delivery.subscribers.catchingUpCount)
            writer.endObject()
            writer.key("upstream")
            upstream.writeStatus(into: &writer, now: now)
            writeStore(into: &writer)
            writer.key("counts")
            writer.beginObject()
            writer.member("users", durable.desk.userCount)
            writer.member("stations", durable.desk.stationCount)
            writer.member("tickets", durable.desk.ticketCount)
            writer.member("ticket_bytes", durable.desk.ticketBytes)
            writer.endObject()
            writeFindings(into: &writer)
            writer.endObject()
        }
    }

    private func writeClients(_ request: APIRequest, into writer: inout JSONWriter) {
        var byRole: [Role: Int] = [:]
        for id in delivery.subscribers.users {
            if let role = durable.desk.user(id)?.role {
                byRole[role, default: 0] += delivery.subscribers.subscribers(of: id).count
            }
        }
        writer.key("clients")
        writer.beginObject()
        writer.member("connections", request.loop.connectionCount)
        writer.member("sockets", delivery.subscribers.count)
        writer.key("by_role")
        writer.beginObject()
        for role in Role.allCases { writer.member(text: role.rawValue, byRole[role] ?? 0) }
        writer.endObject()
        writer.endObject()
    }

    private func writeStore(into writer: inout JSONWriter) {
        writer.key("journal")
        writer.beginObject()
        writer.member("last_sequence", journal.committedSequence)
        writer.member("oldest_sequence", journal.oldestSequence)
        writer.member("checkpointed_sequence", durable.checkpointed)
        writer.member("segments", journal.segmentCount)
        writer.member("bytes", journal.bytes)
        writer.member("read_only", journal.isReadOnly)
        writer.endObject()
        writer.key("disk")
        writer.beginObject()
        writer.member("free_bytes", try? disk.freeBytes())
        writer.endObject()
    }

    // MARK: Settings

    /// GET /api/v1/settings: the settings in force, with their rules. Secrets are withheld.
    func settings() -> HTTPResponse {
        .json { writer in
            writer.beginArray()
            for setting in Configuration.settings {
                let (value, standard) = (setting.value(configuration.current), setting.value(Configuration()))
                writer.beginObject()
                writer.member("name", setting.name)
                writer.member("value", setting.isSecret ? .null : value)
                writer.member("default", setting.isSecret ? .null : standard)
                writer.member("is_default", value == standard)
                writer.member("reload", setting.isReloadable)
                writer.member("secret", setting.isSecret)
                writer.member("rule", setting.rule)
                writer.endObject()
            }
            writer.endArray()
        }
    }

    // MARK: Probes

    /// GET /healthz: the loop turns.
    func health() -> HTTPResponse { .json(.ok, Array(#"{"status":"ok"}"#.utf8)) }

    /// GET /readyz: 200 while the station accepts changes, otherwise 503; with the findings of the start.
    func readiness() -> HTTPResponse {
        let isReady = !journal.isReadOnly
        return .json(isReady ? .ok : .serviceUnavailable) { writer in
            writer.beginObject()
            writer.member("status", isReady ? (findings.isEmpty ? "ok" : "ok, with findings") : "read-only")
            if let cause = journal.readOnlyCause {
                writer.member("reason", journal.isWriteProtected ? "\(cause)" : "no next journal segment: \(cause)")
            }
            writeFindings(into: &writer)
            writer.endObject()
        }
    }

    private func writeFindings(into writer: inout JSONWriter) {
        writer.key("findings")
        writer.beginArray()
        for finding in findings.prefix(Self.findingsMax) { writer.string(finding.description) }
        writer.endArray()
    }

    // MARK: Metrics

    /// GET /metrics: the Prometheus text format, version 0.0.4.
    ///
    /// - Parameter keep: is given the answer once it is made.
    func metrics(_ request: APIRequest, keep: @escaping (HTTPResponse, Moment) -> Void) -> any Job {
        BufferedCountJob(delivery) {
            let answer = metrics(request, bufferedCount: $0, now: $1)
            keep(answer, $1)
            return answer
        }
    }

    private func metrics(_ request: APIRequest, bufferedCount: Int, now: Moment) -> HTTPResponse {
        var text = MetricsText()
        text.gauge("stationd_uptime_seconds", "Seconds since the start.", uptimeSeconds(now))
        text.gauge("stationd_connections", "Open connections.", request.loop.connectionCount)
        text.gauge("stationd_sockets", "Sockets that listen for notifications.", delivery.subscribers.count)
        text.gauge("stationd_engine_sessions", "Open Engine.IO sessions.", request.loop.engineClientCount)
        text.gauge(
            "stationd_notifications_buffered", "Notifications that wait for users who are not connected.",
            bufferedCount)
        text.gauge(
            "stationd_sockets_catching_up", "Sockets that have yet to be sent what they missed.",
            delivery.subscribers.catchingUpCount)
        text.counter(
            "stationd_notifications_replayed_total", "Notifications sent to users who had missed them.",
            delivery.catchUps.replayedCount)
        text.counter(
            "stationd_notifications_missing_total", "Notifications reported as no longer kept.",
            delivery.catchUps.missingCount)
        text.gauge("stationd_tickets", "Tickets.", durable.desk.ticketCount)
        text.gauge("stationd_ticket_bytes", "Estimated memory of the tickets.", durable.desk.ticketBytes)
        writeQuotas(into: &text)
        text.gauge("stationd_users", "Users.", durable.desk.userCount)
        text.gauge("stationd_password_queue", "Passwords that wait to be hashed.", accounts.waitingCount)
        text.counter("stationd_journal_last_sequence", "The last durable event.", journal.committedSequence)
        text.gauge("stationd_journal_bytes", "Bytes of the journal's segments.", journal.bytes)
        text.gauge("stationd_journal_read_only", "1 while no change is accepted.", journal.isReadOnly ? 1 : 0)
        text.gauge(
            "stationd_checkpoint_lag_events", "Events that the document files do not have yet.",
            journal.committedSequence - min(durable.checkpointed, journal.committedSequence))
        upstream.writeMetrics(into: &text)
        text.counters(
            "stationd_refused_total", "Requests and connections refused or closed because of a limit.", label: "limit",
            RefusingLimit.allCases.map { ($0.rawValue, refusals[$0]) }
                + GatewayLimit.allCases.map { ($0.rawValue, request.loop.refusalCount(of: $0)) })
        text.counter("stationd_failed_logins_total", "Logins with a wrong password or name.", accounts.failureCount)
        text.gauge("stationd_findings", "Findings of the last start.", findings.count)
        var response = HTTPResponse(contentType: "text/plain; version=0.0.4; charset=utf-8", body: text.bytes)
        response.caching = .forbidden
        return response
    }
}

extension StatusAPI {
    private func writeQuotas(into text: inout MetricsText) {
        func count(_ quota: Quota) -> Int { durable.desk.refusedByQuota[quota] ?? 0 }
        text.counter(
            "stationd_refused_open_tickets_total", "Tickets refused because of limits.driver_open_tickets_max.",
            count(.openTickets))
        text.counter(
            "stationd_refused_ticket_bytes_per_user_total",
            "Changes refused because of limits.ticket_bytes_per_user_max.", count(.userTicketBytes))
        text.counter(
            "stationd_refused_ticket_bytes_total", "Changes refused because of limits.ticket_bytes_max.",
            count(.ticketBytes))
    }
}

/// Metrics in the Prometheus text format, version 0.0.4.
struct MetricsText {
    private(set) var bytes: [UInt8] = []

    mutating func gauge(_ name: StaticString, _ help: StaticString, _ value: some FixedWidthInteger) {
        append(name, "gauge", help, value)
    }

    mutating func counter(_ name: StaticString, _ help: StaticString, _ value: some FixedWidthInteger) {
        append(name, "counter", help, value)
    }

    /// One counter for each value of a label; the values need no escapes.
    mutating func counters(
        _ name: StaticString, _ help: StaticString, label: StaticString, _ values: [(String, some FixedWidthInteger)]
    ) {
        appendHead(name, "counter", help)
        for (text, value) in values {
            for part: StaticString in [name, "{", label, "=\""] { bytes.append(literal: part) }
            bytes.append(utf8: text)
            bytes.append(literal: "\"} ")
            bytes.append(decimal: value)
            bytes.append(0x0A)
        }
    }

    private mutating func append(
        _ name: StaticString, _ type: StaticString, _ help: StaticString, _ value: some FixedWidthInteger
    ) {
        appendHead(name, type, help)
        bytes.append(literal: name)
        bytes.append(0x20)
        bytes.append(decimal: value)
        bytes.append(0x0A)
    }

    private mutating func appendHead(_ name: StaticString, _ type: StaticString, _ help: StaticString) {
        for part: StaticString in ["# HELP ", name, " ", help, "\n# TYPE ", name, " ", type, "\n"] {
            bytes.append(literal: part)
        }
    }
}
