import Bytes
import Domain
import HTTP
import JSON
import Store

/// How the station is: for admins, for probes, for Prometheus.
extension StationService {
    /// GET /api/v1/status.
    func status(_ context: RequestContext, _ user: User) throws(Refusal) -> HTTPResponse {
        guard user.role == .admin else { throw .forbidden("Forbidden resource") }
        let now = context.now
        return .json { writer in
            writer.beginObject()
            writer.member("version", Self.version)
            writer.member("station_id", configuration.stationID)
            writer.member("station_name", configuration.stationName)
            writer.member("epoch", epoch)
            writer.member("started_at", startedAt.wall)
            writer.member("uptime_seconds", now.monotonic.milliseconds(since: startedAt.monotonic) / 1000)
            writeClients(context, into: &writer)
            writer.key("notifications")
            writer.beginObject()
            writer.member("buffered", bufferedCount())
            writer.member("catching_up", subscribers.catchingUpCount)
            writer.endObject()
            writeUpstream(into: &writer, now: now)
            writeStore(into: &writer)
            writer.key("counts")
            writer.beginObject()
            writer.member("users", desk.userCount)
            writer.member("stations", desk.stationCount)
            writer.member("tickets", desk.ticketCount)
            writer.endObject()
            writer.endObject()
        }
    }

    private func writeClients(_ context: RequestContext, into writer: inout JSONWriter) {
        var byRole: [Role: Int] = [:]
        for id in subscribers.users {
            if let role = desk.user(id)?.role {
                byRole[role, default: 0] += subscribers.subscribers(of: id).count
            }
        }
        writer.key("clients")
        writer.beginObject()
        writer.member("connections", context.loop.connectionCount)
        writer.member("sockets", subscribers.count)
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
        writer.member("checkpointed_sequence", upkeep.checkpointed)
        writer.member("segments", journal.segmentCount)
        writer.member("bytes", journal.bytes)
        writer.member("read_only", journal.isReadOnly)
        writer.endObject()
        writer.key("disk")
        writer.beginObject()
        writer.member("free_bytes", try? disk.freeBytes())
        writer.endObject()
    }

    /// Notifications that wait for users who are not connected.
    private func bufferedCount() -> Int {
        guard let users = try? desk.users(for: .operator) else { return 0 }
        return users.filter { subscribers.subscribers(of: $0.id).isEmpty }
            .reduce(0) { $0 + desk.undeliveredCount(of: $1.id) }
    }

    /// GET /readyz: 200 where the station takes changes and nothing was found damaged, else 503; with what was found.
    func readiness() -> HTTPResponse {
        let isReady = !journal.isReadOnly
        return .json(isReady ? .ok : .serviceUnavailable) { writer in
            writer.beginObject()
            writer.member("status", isReady ? (findings.isEmpty ? "ok" : "ok, with findings") : "read-only")
            if let cause = journal.readOnlyCause { writer.member("reason", "no next journal segment: \(cause)") }
            writer.key("findings")
            writer.beginArray()
            for finding in findings.prefix(100) { writer.string(finding.description) }
            writer.endArray()
            writer.endObject()
        }
    }

    /// GET /metrics: the Prometheus text format, version 0.0.4.
    func metrics(_ context: RequestContext) -> HTTPResponse {
        var text: [UInt8] = []
        func metric(_ name: StaticString, _ type: StaticString, _ help: StaticString, _ value: some FixedWidthInteger) {
            for part: StaticString in ["# HELP ", name, " ", help, "\n# TYPE ", name, " ", type, "\n", name, " "] {
                text.append(literal: part)
            }
            text.append(decimal: value)
            text.append(0x0A)
        }
        let uptime = context.now.monotonic.milliseconds(since: startedAt.monotonic) / 1000
        metric("stationd_uptime_seconds", "gauge", "Seconds since the start.", uptime)
        metric("stationd_connections", "gauge", "Open connections.", context.loop.connectionCount)
        metric("stationd_sockets", "gauge", "Sockets that listen for notifications.", subscribers.count)
        metric("stationd_engine_sessions", "gauge", "Open Engine.IO sessions.", context.loop.engineClientCount)
        metric(
            "stationd_notifications_buffered", "gauge", "Notifications that wait for users who are not connected.",
            bufferedCount())
        metric(
            "stationd_sockets_catching_up", "gauge", "Sockets that have yet to be sent what they missed.",
            subscribers.catchingUpCount)
        metric(
            "stationd_notifications_replayed_total", "counter", "Notifications sent to who had missed them.",
            replayedCount)
        metric(
            "stationd_notifications_missing_total", "counter", "Notifications told as no longer kept.", missingCount)
        metric("stationd_tickets", "gauge", "Tickets.", desk.ticketCount)
        metric("stationd_users", "gauge", "Users.", desk.userCount)
        metric("stationd_password_queue", "gauge", "Passwords that wait to be hashed.", passwordQueue.waitingCount)
        metric("stationd_journal_last_sequence", "counter", "The last durable event.", journal.committedSequence)
        metric("stationd_journal_bytes", "gauge", "Bytes of the journal's segments.", journal.bytes)
        metric("stationd_journal_read_only", "gauge", "1 where no change is taken.", journal.isReadOnly ? 1 : 0)
        metric(
            "stationd_checkpoint_lag_events", "gauge", "Events that the document files do not have yet.",
            journal.committedSequence - min(upkeep.checkpointed, journal.committedSequence))
        if let upstream {
            metric("stationd_upstream_up", "gauge", "1 while the central server is reached.", upstream.isUp ? 1 : 0)
            metric(
                "stationd_upstream_backlog_events", "gauge", "Events that wait for the central server, at most.",
                backlogCount(of: upstream))
            metric(
                "stationd_upstream_shipped_sequence", "gauge", "The last event that the central server has.",
                upstream.machine.cursor)
            metric(
                "stationd_upstream_shipped_total", "counter", "Events sent to the central server.",
                upstream.shippedCount)
            metric(
                "stationd_upstream_commands_total", "counter", "Commands of the central server dealt with.",
                upstream.commandCount)
            metric(
                "stationd_upstream_last_success_seconds", "gauge",
                "When the central server last confirmed something, as seconds since 1970.",
                upstream.machine.lastSuccess?.seconds ?? 0)
        }
        metric("stationd_findings", "gauge", "Findings of the last start.", findings.count)
        return HTTPResponse(contentType: "text/plain; version=0.0.4; charset=utf-8", body: text)
    }
}
