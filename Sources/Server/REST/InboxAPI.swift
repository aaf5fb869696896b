import Domain
import Gateway
import HTTP
import JSON
import Platform
import Store

/// The caller's notifications, over REST and over sockets.
struct InboxAPI {
    let durable: DurableDesk

    private var desk: Desk { durable.desk }

    // MARK: REST

    func list(_ request: APIRequest, _ caller: Caller) throws(Refusal) -> HTTPResponse {
        let filter = try InboxFilter(query: request.query)
        return .json(.ok, try encoded(filter, for: caller, now: request.now))
    }

    func unreadCount(_ request: APIRequest, _ caller: Caller) throws(Refusal) -> HTTPResponse {
        let count = try durable.desk(at: request.now).unreadCount(for: caller)
        return .json { writer in
            writer.beginObject()
            writer.member("count", count)
            writer.endObject()
        }
    }

    func readAll(_ request: APIRequest, _ caller: Caller) throws(Refusal) -> HTTPResponse {
        try durable.markRead(.through(desk.lastSequence), by: caller, now: request.now)
        return try unreadCount(request, caller)
    }

    func readOne(_ request: APIRequest, _ caller: Caller) throws(Refusal) -> HTTPResponse {
        _ = try ReadPatch(try request.json())
        guard let id = NotificationID(request.parameter(0)), id.epoch == durable.epoch else {
            throw .notFound("Notification not found")
        }
        try durable.markRead(.ids([id.sequence]), by: caller, now: request.now)
        var writer = JSONWriter()
        let lookup = JournalLookup(durable.journal, pieceBytes: 16 * 1024)
        guard write(id.sequence, isRead: true, lookup, into: &writer) else {
            throw .notFound("Notification not found")
        }
        return .json(.ok, writer.bytes)
    }

    // MARK: Sockets

    /// Answers `notifications:read`.
    ///
    /// - Parameter origin: the socket that asks.
    func answerRead(
        _ body: JSONValue, by caller: Caller, origin: RandomName, now: Moment
    ) throws(Refusal) -> JSONValue {
        let mark = try ReadForm(body).mark(epoch: durable.epoch)
        try durable.markRead(mark, by: caller, origin: origin, now: now)
        return ["unread": .integer(Int64(try durable.desk(at: now).unreadCount(for: caller)))]
    }

    /// Answers `notifications:list`.
    func answerList(_ body: JSONValue, by caller: Caller, now: Moment) throws(Refusal) -> JSONValue? {
        let json = try encoded(try InboxFilter(body), for: caller, now: now)
        return try? JSONParser.parse(json)
    }

    // MARK: Writing

    /// An array of notifications, oldest first, each with `read`. What the journal has dropped is left out.
    private func encoded(_ filter: InboxFilter, for caller: Caller, now: Moment) throws(Refusal) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginArray()
        let lookup = JournalLookup(durable.journal)
        for item in try durable.desk(at: now).inbox(filter, epoch: durable.epoch, for: caller) {
            _ = write(item.sequence, isRead: item.isRead, lookup, into: &writer)
        }
        writer.endArray()
        return writer.bytes
    }

    /// Writes the notification of a record; false, and nothing is written, if the journal has dropped it.
    private func write(
        _ sequence: UInt64, isRead: Bool, _ lookup: JournalLookup, into writer: inout JSONWriter
    ) -> Bool {
        if let record = try? lookup.record(at: sequence),
            let text = NotificationText(record: record.json, epoch: durable.epoch, isRead: isRead)
        {
            writer.raw(text.json)
            return true
        }
        guard let event = durable.stagedEvent(sequence), let notification = Notification(of: event) else {
            return false
        }
        notification.write(into: &writer, epoch: durable.epoch, isRead: isRead)
        return true
    }
}
