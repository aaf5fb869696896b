import Domain
import HTTP
import JSON
import Platform
import Store

/// The caller's notifications over REST.
extension StationService {
    func listNotifications(_ context: RequestContext, _ caller: Caller) throws(Refusal) -> HTTPResponse {
        let filter = try InboxFilter(query: context.query)
        var writer = JSONWriter()
        try writeInbox(filter, for: caller, now: context.now, into: &writer)
        return .json(.ok, writer.bytes)
    }

    /// Writes an array of notifications, oldest first, each with `read`. What the journal has let go is left out.
    func writeInbox(
        _ filter: InboxFilter, for caller: Caller, now: Moment, into writer: inout JSONWriter
    ) throws(Refusal) {
        writer.beginArray()
        let lookup = JournalLookup(journal)
        for item in try desk.inbox(filter, epoch: epoch, for: caller, now: now.wall) {
            _ = writeNotification(item.sequence, isRead: item.isRead, lookup, into: &writer)
        }
        writer.endArray()
    }

    /// Writes the notification of a record; false, and nothing is written, where the journal has let it go.
    private func writeNotification(
        _ sequence: UInt64, isRead: Bool, _ lookup: JournalLookup, into writer: inout JSONWriter
    ) -> Bool {
        if let record = try? lookup.record(at: sequence),
            let text = NotificationText(record: record.json, epoch: epoch, isRead: isRead)
        {
            writer.raw(text.json)
            return true
        }
        // One of this turn has no committed record yet.
        guard let event = untold.first(where: { $0.event.sequence == sequence })?.event,
            let notification = Notification(of: event)
        else { return false }
        notification.write(into: &writer, epoch: epoch, isRead: isRead)
        return true
    }

    func unreadCount(_ context: RequestContext, _ caller: Caller) throws(Refusal) -> HTTPResponse {
        let count = try desk.unreadCount(for: caller, now: context.now.wall)
        return .json { writer in
            writer.beginObject()
            writer.member("count", count)
            writer.endObject()
        }
    }

    func readAll(_ context: RequestContext, _ caller: Caller) throws(Refusal) -> HTTPResponse {
        _ = try execute(.markRead(.through(desk.lastSequence)), by: caller, now: context.now)
        return try unreadCount(context, caller)
    }

    func readNotification(
        _ text: String, _ context: RequestContext, _ caller: Caller
    ) throws(Refusal) -> HTTPResponse {
        _ = try ReadPatch(try context.json())
        guard let id = NotificationID(text), id.epoch == epoch else { throw .notFound("Notification not found") }
        _ = try execute(.markRead(.ids([id.sequence])), by: caller, now: context.now)
        var writer = JSONWriter()
        let lookup = JournalLookup(journal, pieceBytes: 16 * 1024)
        guard writeNotification(id.sequence, isRead: true, lookup, into: &writer) else {
            throw .notFound("Notification not found")
        }
        return .json(.ok, writer.bytes)
    }
}
