import HTTP
import JSON
import Station
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
            if let text = recordedText(item, lookup) {
                writer.raw(text)
            } else {
                notification(item.sequence, lookup)?.write(into: &writer, epoch: epoch, isRead: item.isRead)
            }
        }
        writer.endArray()
    }

    /// A notification as its record gives it without being parsed: lists are long. Nil for one of this turn, which has
    /// no committed record yet.
    private func recordedText(_ item: InboxItem, _ lookup: JournalLookup) -> [UInt8]? {
        guard let record = try? lookup.record(at: item.sequence),
            let recorded = RecordedNotification(record: record.json)
        else { return nil }
        var text: [UInt8] = []
        text.reserveCapacity(record.json.count + 128)
        recorded.write(into: &text, epoch: Array(epoch.utf8), isRead: item.isRead)
        return text
    }

    /// The notification of a record, read from the journal.
    private func notification(_ sequence: UInt64, _ lookup: JournalLookup) -> Notification? {
        if let event = untold.first(where: { $0.event.sequence == sequence })?.event {
            return Notification(of: event)
        }
        guard let record = try? lookup.record(at: sequence), let value = try? JSONParser.parse(record.json),
            let event = try? Event(record: value)
        else { return nil }
        return Notification(of: event)
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
        guard let notification = notification(id.sequence, JournalLookup(journal, pieceBytes: 16 * 1024)) else {
            throw .notFound("Notification not found")
        }
        return .json { notification.write(into: &$0, epoch: epoch, isRead: true) }
    }
}
