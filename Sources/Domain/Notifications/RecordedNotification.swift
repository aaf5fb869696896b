import Bytes
import JSON

/// The notification that follows from a journal record, made from the record's bytes without reading it as an event.
///
/// The texts of the notification are in the record as they are, so they are copied: a user who was away for long has
/// ten thousand notifications to be sent. `Notification` writes the same bytes from the event.
public struct RecordedNotification: ~Copyable, Sendable {
    /// What happened to the ticket.
    public private(set) var kind = Notification.Kind.created
    private let record: [UInt8]
    private var parts = Parts()

    /// Where the values are in the record; empty if missing.
    private struct Parts {
        var sequence = 0..<0
        var at = 0..<0
        var ticket = 0..<0
        var user = 0..<0
        var username = 0..<0
        var station = 0..<0
        var stationName = 0..<0
        var description = 0..<0
        var status = 0..<0
        var priority = 0..<0
        var response = 0..<0
        var createdAt = 0..<0
        var updatedAt = 0..<0
        var minutes = 0..<0
        var comment = Comment()
    }

    /// The same of a comment.
    private struct Comment {
        var id = 0..<0
        var author = 0..<0
        var body = 0..<0

        var isComplete: Bool { !id.isEmpty && author.count >= 2 && !body.isEmpty }
    }

    /// Nil if no notification follows from the record, or if the record is not laid out as this version writes it.
    public init?(record: [UInt8]) {
        self.record = record
        guard read(record.span) else { return nil }
    }

    private mutating func read(_ bytes: Span<UInt8>) -> Bool {
        var slicer = JSONSlicer()
        guard slicer.beginObject(in: bytes) else { return false }
        var type: Notification.Kind?
        var isClosed = false
        while let name = slicer.nextMember(in: bytes) {
            if bytes.holds("ticket", at: name) {
                readTicket(&slicer, bytes)
            } else if bytes.holds("comment", at: name) {
                readComment(&slicer, bytes)
            } else if bytes.holds("changes", at: name) {
                isClosed = Self.closes(&slicer, bytes)
            } else if let value = slicer.value(in: bytes) {
                if bytes.holds("type", at: name) {
                    type = Self.kind(ofType: value, bytes)
                } else if bytes.holds("at", at: name) {
                    parts.at = value
                } else if bytes.holds("seq", at: name) {
                    parts.sequence = value
                } else if bytes.holds("minutes", at: name) {
                    parts.minutes = value
                }
            }
        }
        guard !slicer.isAstray, let type else { return false }
        let quotationMark = UInt8(ascii: "\"")
        if type == .commented {
            guard parts.comment.isComplete, bytes[parts.comment.author.lowerBound] == quotationMark else {
                return false
            }
        }
        if type == .escalated, parts.minutes.isEmpty { return false }
        kind = type == .updated && isClosed ? .resolved : type
        return isComplete && parts.username.count >= 2 && bytes[parts.username.lowerBound] == quotationMark
    }

    private var isComplete: Bool {
        ![
            parts.sequence, parts.at, parts.ticket, parts.user, parts.username, parts.station, parts.description,
            parts.status, parts.priority, parts.response, parts.createdAt, parts.updatedAt,
        ].contains { $0.isEmpty }
    }

    private static func kind(ofType value: Range<Int>, _ bytes: Span<UInt8>) -> Notification.Kind? {
        if bytes.holds("\"ticket.created\"", at: value) { return .created }
        if bytes.holds("\"ticket.updated\"", at: value) { return .updated }
        if bytes.holds("\"ticket.deleted\"", at: value) { return .deleted }
        if bytes.holds("\"ticket.commented\"", at: value) { return .commented }
        if bytes.holds("\"ticket.escalated\"", at: value) { return .escalated }
        return nil
    }

    private mutating func readTicket(_ slicer: inout JSONSlicer, _ bytes: Span<UInt8>) {
        guard slicer.beginObject(in: bytes) else { return }
        while let name = slicer.nextMember(in: bytes) {
            if bytes.holds("user", at: name) {
                parts.username = Self.member("username", of: &slicer, bytes)
            } else if bytes.holds("station", at: name) {
                if slicer.index < bytes.count, bytes[slicer.index] == UInt8(ascii: "{") {
                    parts.stationName = Self.member("name", of: &slicer, bytes)
                } else {
                    _ = slicer.value(in: bytes)
                }
            } else if let value = slicer.value(in: bytes) {
                note(value, named: name, bytes)
            }
        }
    }

    private mutating func note(_ value: Range<Int>, named name: Range<Int>, _ bytes: Span<UInt8>) {
        switch name.count {
        case 6 where bytes.holds("status", at: name): parts.status = value
        case 7 where bytes.holds("user_id", at: name): parts.user = value
        case 8 where bytes.holds("priority", at: name): parts.priority = value
        case 8 where bytes.holds("response", at: name): parts.response = value
        case 10 where bytes.holds("support_id", at: name): parts.ticket = value
        case 10 where bytes.holds("station_id", at: name): parts.station = value
        case 10 where bytes.holds("created_at", at: name): parts.createdAt = value
        case 10 where bytes.holds("updated_at", at: name): parts.updatedAt = value
        case 11 where bytes.holds("description", at: name): parts.description = value
        default: break
        }
    }

    private mutating func readComment(_ slicer: inout JSONSlicer, _ bytes: Span<UInt8>) {
        guard slicer.beginObject(in: bytes) else { return }
        while let name = slicer.nextMember(in: bytes) {
            guard let value = slicer.value(in: bytes) else { break }
            if bytes.holds("comment_id", at: name) {
                parts.comment.id = value
            } else if bytes.holds("username", at: name) {
                parts.comment.author = value
            } else if bytes.holds("body", at: name) {
                parts.comment.body = value
            }
        }
    }

    /// Where the value of one member of the object here is. The slicer moves past the object.
    private static func member(
        _ wanted: StaticString, of slicer: inout JSONSlicer, _ bytes: Span<UInt8>
    ) -> Range<Int> {
        var found = 0..<0
        guard slicer.beginObject(in: bytes) else { return found }
        while let name = slicer.nextMember(in: bytes) {
            guard let value = slicer.value(in: bytes) else { break }
            if bytes.holds(wanted, at: name) { found = value }
        }
        return found
    }

    /// Whether one of the changes in the array here closes the ticket. The slicer moves past the array.
    private static func closes(_ slicer: inout JSONSlicer, _ bytes: Span<UInt8>) -> Bool {
        var closes = false
        guard slicer.beginArray(in: bytes) else { return false }
        while slicer.nextElement(in: bytes), slicer.beginObject(in: bytes) {
            var isStatus = false
            var isClosed = false
            while let name = slicer.nextMember(in: bytes) {
                guard let value = slicer.value(in: bytes) else { break }
                if bytes.holds("field", at: name) { isStatus = bytes.holds("\"status\"", at: value) }
                if bytes.holds("to", at: name) { isClosed = bytes.holds("\"closed\"", at: value) }
            }
            closes = closes || (isStatus && isClosed)
        }
        return closes
    }

    // MARK: Writing

    /// Appends the notification as a JSON object; see `Notification.write`.
    ///
    /// - Parameters:
    ///   - epoch: the data directory's, in UTF-8, as in a JSON string.
    ///   - replayed: whether it is sent again, which adds `replayed`.
    ///   - isRead: the member `read`, which only listings have.
    ///   - language: that of the title and the message.
    public func write(
        into bytes: inout [UInt8], epoch: [UInt8], replayed: Bool = false, isRead: Bool? = nil,
        language: Language = .english
    ) {
        let words = NotificationWords.of(kind, in: language)
        bytes.append(literal: "{\"id\":\"")
        writeID(into: &bytes, epoch: epoch)
        bytes.append(literal: "\",\"type\":\"support_ticket_")
        bytes.append(utf8: kind.rawValue)
        bytes.append(literal: "\",\"title\":\"")
        bytes.append(literal: words.title)
        bytes.append(literal: "\",\"message\":\"")
        writeMessage(words, into: &bytes)
        bytes.append(literal: "\",\"data\":{\"support_id\":")
        copy(parts.ticket, to: &bytes)
        if kind != .deleted { writeSubject(into: &bytes) }
        bytes.append(literal: "},\"priority\":")
        writePriority(into: &bytes)
        bytes.append(literal: ",\"timestamp\":")
        copy(parts.at, to: &bytes)
        if replayed { bytes.append(literal: ",\"replayed\":true") }
        if let isRead { bytes.append(literal: isRead ? ",\"read\":true" : ",\"read\":false") }
        bytes.append(UInt8(ascii: "}"))
    }

    /// Appends the id, without quotation marks.
    private func writeID(into bytes: inout [UInt8], epoch: [UInt8]) {
        bytes.append(contentsOf: epoch)
        bytes.append(UInt8(ascii: "-"))
        copy(parts.sequence, to: &bytes)
    }

    private func writeMessage(_ words: NotificationWords.Entry, into bytes: inout [UInt8]) {
        for piece in words.message {
            switch piece {
            case .text(let text): bytes.append(literal: text)
            case .name: copyText(kind == .commented ? parts.comment.author : parts.username, to: &bytes)
            case .ticket: copy(parts.ticket, to: &bytes)
            case .minutes: copy(parts.minutes, to: &bytes)
            case .member: break
            }
        }
    }

    private func writeSubject(into bytes: inout [UInt8]) {
        bytes.append(literal: ",\"user_id\":")
        copy(parts.user, to: &bytes)
        bytes.append(literal: ",\"username\":")
        copy(parts.username, to: &bytes)
        bytes.append(literal: ",\"description\":")
        copy(parts.description, to: &bytes)
        bytes.append(literal: ",\"status\":")
        copy(parts.status, to: &bytes)
        bytes.append(literal: ",\"station_id\":")
        copy(parts.station, to: &bytes)
        bytes.append(literal: ",\"station_name\":")
        if parts.stationName.isEmpty {
            bytes.append(literal: "null")
        } else {
            copy(parts.stationName, to: &bytes)
        }
        bytes.append(literal: ",\"created_at\":")
        copy(parts.createdAt, to: &bytes)
        if kind != .created, kind != .escalated {
            bytes.append(literal: ",\"response\":")
            copy(parts.response, to: &bytes)
            bytes.append(literal: ",\"updated_at\":")
            copy(parts.updatedAt, to: &bytes)
        }
        if kind == .commented {
            bytes.append(literal: ",\"comment_id\":")
            copy(parts.comment.id, to: &bytes)
            bytes.append(literal: ",\"comment\":")
            copy(parts.comment.body, to: &bytes)
        }
        if kind == .escalated {
            bytes.append(literal: ",\"waiting_minutes\":")
            copy(parts.minutes, to: &bytes)
        }
    }

    private func writePriority(into bytes: inout [UInt8]) {
        switch kind {
        case .created, .escalated: copy(parts.priority, to: &bytes)
        case .updated, .commented: bytes.append(literal: "\"medium\"")
        case .resolved, .deleted, .noted: bytes.append(literal: "\"low\"")
        }
    }

    /// Copies a text without its quotation marks.
    private func copyText(_ range: Range<Int>, to bytes: inout [UInt8]) {
        copy((range.lowerBound + 1)..<(range.upperBound - 1), to: &bytes)
    }

    private func copy(_ range: Range<Int>, to bytes: inout [UInt8]) { bytes.append(contentsOf: record[range]) }
}

/// The notification that follows from a journal record, as JSON, whatever the record's layout.
public struct NotificationText: Sendable {
    /// What happened to the ticket.
    public let kind: Notification.Kind

    /// A JSON object; see `Notification.write`.
    public let json: [UInt8]

    /// Nil if no notification follows from the record.
    ///
    /// - Parameters:
    ///   - epoch: the data directory's.
    ///   - language: that of the title and the message.
    ///   - isNote: whether it is what admins and staff are told of a change, and not what the ticket's user is told.
    public init?(
        record: [UInt8], epoch: String, replayed: Bool = false, isRead: Bool? = nil, language: Language = .english,
        isNote: Bool = false
    ) {
        if !isNote, let recorded = RecordedNotification(record: record) {
            var text: [UInt8] = []
            text.reserveCapacity(record.count + 128)
            recorded.write(
                into: &text, epoch: Array(epoch.utf8), replayed: replayed, isRead: isRead, language: language)
            kind = recorded.kind
            json = text
            return
        }
        // A repair of the journal by hand may have left a record that only the parser understands.
        guard let value = try? JSONParser.parse(record), let event = try? Event(record: value),
            let notification = isNote ? Notification(noting: event) : Notification(of: event)
        else { return nil }
        var writer = JSONWriter()
        notification.write(into: &writer, epoch: epoch, replayed: replayed, isRead: isRead, language: language)
        kind = notification.kind
        json = writer.bytes
    }
}
