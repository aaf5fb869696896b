import Bytes
import JSON

// notifications/<page>.json: page, entries [{sequence, at, support_id, station_id, priority}], sequence.

/// A page of the index of `support:ticket:created`, which admins and the staff of a swap station share.
///
/// Tickets are numbered without gaps, so the page of a ticket follows from its number. The first ticket of a page ends
/// the page that is now too old; at least `DeskLimits.notificationCountMax` created tickets stay in the index. Pages
/// are short, so a checkpoint rewrites little.
struct FeedPage: Hashable, DeskDocument, Numbered {
    struct Entry: Hashable, Sendable {
        let sequence: UInt64
        let at: Timestamp
        let ticket: Identifier
        let station: Identifier?
        let priority: TicketPriority
    }

    /// The number of tickets on a page.
    static let length: Identifier = 64
    private static let pageCountMax = (Identifier(DeskLimits.notificationCountMax) + length - 1) / length + 1

    /// The number of the page, from 1 upwards.
    let id: Identifier

    /// By rising sequence.
    private(set) var entries: [Entry] = []
    private(set) var documentSequence: UInt64 = 0

    /// The page that the ticket `id` is on.
    static func page(of id: Identifier) -> Identifier { (id - 1) / length + 1 }

    /// The page that ends when the ticket `id` is created; nil if none does.
    static func pageEnded(by id: Identifier) -> Identifier? {
        guard (id - 1) % length == 0, page(of: id) > pageCountMax else { return nil }
        return page(of: id) - pageCountMax
    }

    init(_ reader: MemberReader, id: Identifier) throws(DocumentFault) {
        self.id = id
        for entry in try reader.readers("entries") {
            entries.append(
                Entry(
                    sequence: try entry.sequence("sequence"), at: try entry.timestamp("at"),
                    ticket: try entry.identifier("support_id"), station: try entry.optionalIdentifier("station_id"),
                    priority: entry.value("priority") == nil ? .high : try entry.word("priority")))
        }
        guard entries.rises(by: \.sequence) else { throw reader.fault("entries", "must rise by sequence") }
        documentSequence = try reader.sequence("sequence")
    }

    init?(madeBy event: Event, id: Identifier) {
        self.id = id
        guard fold(event) else { return nil }
    }

    var path: DocumentPath { DocumentPath(.notifications, id) }

    static func appendPaths(touchedBy event: Event, to paths: inout [DocumentPath]) {
        guard case .ticketCreated(let snapshot, _) = event.change else { return }
        let id = snapshot.ticket.id
        paths.append(DocumentPath(.notifications, page(of: id)))
        if let page = pageEnded(by: id) { paths.append(DocumentPath(.notifications, page)) }
    }

    mutating func fold(_ event: Event) -> Bool {
        documentSequence = event.sequence
        guard case .ticketCreated(let snapshot, _) = event.change else { return true }
        let ticket = snapshot.ticket
        guard Self.page(of: ticket.id) == id else { return false }
        entries.append(
            Entry(
                sequence: event.sequence, at: event.at, ticket: ticket.id, station: ticket.stationID,
                priority: ticket.priority))
        return true
    }

    func write(into object: inout JSONObject) {
        object.member("page", id: id)
        object["entries"] = .array(
            entries.map { entry in
                var object = JSONObject()
                object.member("sequence", sequence: entry.sequence)
                object.member("at", entry.at)
                object.member("support_id", id: entry.ticket)
                object.member("station_id", id: entry.station)
                object.member("priority", entry.priority.rawValue)
                return .object(object)
            })
    }
}

extension Array {
    /// Whether each element's sequence is greater than the one before.
    func rises(by sequence: (Element) -> UInt64) -> Bool {
        zip(self, dropFirst()).allSatisfy { sequence($0) < sequence($1) }
    }

    /// How many elements have a sequence up to `last`. The elements rise by sequence. O(log n).
    func count(through last: UInt64, by sequence: (Element) -> UInt64) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if sequence(self[middle]) <= last { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
