import Domain
import Gateway
import JSON

extension EncodedEvent {
    /// `notifications:gap`: the range that is no longer kept, and the request that lists the tickets affected.
    static func gap(_ gap: NotificationGap, epoch: String) -> EncodedEvent {
        let last = NotificationID(epoch: epoch, sequence: gap.last).text
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("from", NotificationID(epoch: epoch, sequence: gap.first).text)
        writer.member("through", last)
        writer.member("count", gap.count)
        writer.member("query", query(for: gap, epoch: epoch))
        writer.endObject()
        return EncodedEvent("notifications:gap", data: writer.bytes, reached: Array(last.utf8))
    }

    /// The tickets by their numbers if those are known, otherwise all tickets changed since.
    private static func query(for gap: NotificationGap, epoch: String) -> String {
        var conditions: [String] = []
        if let first = gap.ticketMin {
            conditions.append("support_id_min=\(first)")
        } else {
            let before = NotificationID(epoch: epoch, sequence: gap.first - min(gap.first, 1))
            conditions.append("changed_after=\(before.text)")
        }
        if let last = gap.ticketMax { conditions.append("support_id_max=\(last)") }
        return "/api/v1/support?" + conditions.joined(separator: "&")
    }

    /// `notifications:digest`: the numbers of missed notifications.
    static func digest(of backlog: Backlog) -> EncodedEvent {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("count", backlog.count)
        writer.key("by_type")
        writer.beginObject()
        for kind in Notification.Kind.allCases {
            let count = backlog.countByKind[kind] ?? 0
            // Four are fixed, and there even if they are 0.
            if ![.commented, .escalated, .noted].contains(kind) || count > 0 { writer.member(text: kind.type, count) }
        }
        writer.endObject()
        writer.key("by_priority")
        writer.beginObject()
        for priority in TicketPriority.allCases.reversed() {
            writer.member(text: priority.rawValue, backlog.countByPriority[priority] ?? 0)
        }
        writer.endObject()
        writer.member("oldest", backlog.oldest)
        writer.member("newest", backlog.newest)
        writer.endObject()
        return EncodedEvent("notifications:digest", data: writer.bytes)
    }
}
