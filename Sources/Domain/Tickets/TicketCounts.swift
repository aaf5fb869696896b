import JSON

/// How many tickets a filter finds, and of what sort they are.
public struct TicketCounts: Hashable, Sendable {
    private var total = 0
    private var byStatus: [TicketStatus: Int] = [:]
    private var byPriority: [TicketPriority: Int] = [:]
    private var byType: [TicketType: Int] = [:]
    private var unassigned = 0

    mutating func add(_ ticket: Ticket) {
        total += 1
        byStatus[ticket.status, default: 0] += 1
        byPriority[ticket.priority, default: 0] += 1
        byType[ticket.type, default: 0] += 1
        if ticket.assigneeID == nil { unassigned += 1 }
    }

    /// Writes `{total, byStatus, byPriority, byType, unassigned}`.
    public func write(into writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("total", total)
        Self.write("byStatus", byStatus, into: &writer)
        Self.write("byPriority", byPriority, into: &writer)
        Self.write("byType", byType, into: &writer)
        writer.member("unassigned", unassigned)
        writer.endObject()
    }

    private static func write<Word: RawRepresentable<String> & CaseIterable & Hashable>(
        _ name: StaticString, _ counts: [Word: Int], into writer: inout JSONWriter
    ) {
        writer.key(name)
        writer.beginObject()
        for word in Word.allCases {
            writer.member(text: word.rawValue, counts[word] ?? 0)
        }
        writer.endObject()
    }
}
