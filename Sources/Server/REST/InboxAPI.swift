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

    func list(_ request: APIRequest, _ caller: Caller) throws(Refusal) -> any Job {
        InboxJob(try InboxFilter(query: request.query), for: caller, durable: durable)
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
        let lookup = JournalLookup(durable.journal, pieceBytes: 16 * 1024)
        guard let item = try desk.inboxItem(id.sequence, for: caller),
            let text = Self.text(of: item, for: caller, lookup, durable)
        else {
            throw .notFound("Notification not found")
        }
        return .json(.ok, text)
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

    /// The job that answers `notifications:list`.
    func list(_ body: JSONValue, by caller: Caller) throws(Refusal) -> any Job {
        InboxJob(try InboxFilter(body), for: caller, durable: durable)
    }

    // MARK: Texts

    /// The JSON of a record's notification; nil if the journal has dropped it.
    static func text(
        of item: InboxItem, for caller: Caller, _ lookup: JournalLookup, _ durable: DurableDesk
    ) -> [UInt8]? {
        let language = caller.userID.flatMap { durable.desk.user($0)?.language } ?? .english
        if let record = try? lookup.record(at: item.sequence),
            let text = NotificationText(
                record: record.json, epoch: durable.epoch, isRead: item.isRead, language: language,
                isNote: item.isNote)
        {
            return text.json
        }
        guard let event = durable.stagedEvent(item.sequence),
            let notification = item.isNote ? Notification(noting: event) : Notification(of: event)
        else { return nil }
        var writer = JSONWriter()
        notification.write(into: &writer, epoch: durable.epoch, isRead: item.isRead, language: language)
        return writer.bytes
    }
}
