import JSON

/// The notification that follows from a journal record, as JSON, whatever the record's layout.
public struct NotificationText: Sendable {
    public let kind: Notification.Kind
    /// A JSON object; see `Notification.write`.
    public let json: [UInt8]

    /// Nil where no notification follows from the record.
    ///
    /// - Parameter epoch: the data directory's.
    public init?(record: [UInt8], epoch: String, replayed: Bool = false, isRead: Bool? = nil) {
        if let recorded = RecordedNotification(record: record) {
            var text: [UInt8] = []
            text.reserveCapacity(record.count + 128)
            recorded.write(into: &text, epoch: Array(epoch.utf8), replayed: replayed, isRead: isRead)
            kind = recorded.kind
            json = text
            return
        }
        // Whoever repaired the journal by hand may have left a record that only the parser understands.
        guard let value = try? JSONParser.parse(record), let event = try? Event(record: value),
            let notification = Notification(of: event)
        else { return nil }
        var writer = JSONWriter()
        notification.write(into: &writer, epoch: epoch, replayed: replayed, isRead: isRead)
        kind = notification.kind
        json = writer.bytes
    }
}
