import Bytes

/// The order of a list of tickets.
public enum TicketOrder: String, CaseIterable, Sendable {
    /// By falling number.
    case newest
    /// By rising number.
    case oldest
    /// The most urgent first, and of those the oldest.
    case urgentFirst = "urgent_first"
    /// The one that changed last first.
    case changed

    /// The letter that begins the cursors of this order.
    private var letter: UInt8 {
        switch self {
        case .newest: UInt8(ascii: "t")
        case .oldest: UInt8(ascii: "o")
        case .urgentFirst: UInt8(ascii: "u")
        case .changed: UInt8(ascii: "c")
        }
    }

    /// The place of a ticket in this order.
    func key(of ticket: Ticket) -> TicketKey {
        switch self {
        case .newest: TicketKey(rank: UInt64(Identifier.max - ticket.id), id: ticket.id)
        case .oldest: TicketKey(rank: 0, id: ticket.id)
        case .urgentFirst: TicketKey(rank: UInt64(TicketPriority.urgent.rank - ticket.priority.rank), id: ticket.id)
        case .changed: TicketKey(rank: .max - UInt64(max(0, ticket.updatedAt.milliseconds)), id: ticket.id)
        }
    }

    /// The cursor of the page after `key`. It is opaque to clients, and stays right however many tickets come or go.
    func cursor(after key: TicketKey) -> String {
        let text = self == .newest ? "\(key.id)" : "\(key.rank).\(key.id)"
        return Base64.encode([letter] + Array(text.utf8), as: .url)
    }

    /// The place that a cursor names; nil if it is none of this order.
    func key(ofCursor text: String) -> TicketKey? {
        guard let bytes = Base64.decode(text.utf8, as: .url), bytes.first == letter else { return nil }
        let parts = bytes.dropFirst().split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == (self == .newest ? 1 : 2), let number = parts.last.flatMap({ Decimal.parse($0) }),
            let id = Identifier(exactly: number)
        else { return nil }
        if self == .newest { return TicketKey(rank: UInt64(Identifier.max - id), id: id) }
        return parts.first.flatMap { Decimal.parse($0) }.map { TicketKey(rank: $0, id: id) }
    }
}

/// The place of a ticket in a list.
struct TicketKey: Comparable, Sendable {
    let rank: UInt64
    let id: Identifier

    static func < (left: Self, right: Self) -> Bool { (left.rank, left.id) < (right.rank, right.id) }
}

/// The first keys of many: as many as a page has room for, and as many again before they are sorted.
struct FirstKeys: Sendable {
    private let limit: Int
    private var last: TicketKey?
    private(set) var keys: [TicketKey] = []

    /// How many keys there were.
    private(set) var count = 0

    init(limit: Int) { self.limit = limit }

    /// Adds a key; returns how many were sorted because of it.
    mutating func add(_ key: TicketKey) -> Int {
        count += 1
        if let last, last < key { return 0 }
        keys.append(key)
        guard keys.count >= 2 * limit else { return 0 }
        let sortedCount = keys.count
        sort()
        return sortedCount
    }

    /// Leaves the first, in their order.
    mutating func sort() {
        keys.sort()
        guard keys.count >= limit else { return }
        keys.removeSubrange(limit...)
        last = keys.last
    }
}

extension TicketPriority {
    /// 0 for the lowest.
    fileprivate var rank: Int {
        switch self {
        case .low: 0
        case .medium: 1
        case .high: 2
        case .urgent: 3
        }
    }
}
