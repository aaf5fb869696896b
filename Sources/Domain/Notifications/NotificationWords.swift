/// The titles and messages of notifications in each language. The English ones are the contract's and do not change.
struct NotificationWords: Sendable {
    /// A piece of a message.
    enum Piece: Sendable {
        case text(StaticString)
        /// The name of the ticket's user, or of the author of a comment or a change.
        case name
        /// The ticket's number.
        case ticket
        /// The number of the fleet's member.
        case member
        /// How long nobody has taken the ticket, in minutes.
        case minutes
    }

    /// What is said of one kind of notification.
    struct Entry: Sendable {
        let title: StaticString
        let message: [Piece]
        /// The message about a ticket of a fleet's member.
        let fleetMessage: [Piece]
    }

    let created: Entry
    let updated: Entry
    let resolved: Entry
    let deleted: Entry
    let commented: Entry
    let escalated: Entry
    let noted: Entry

    static func of(_ kind: Notification.Kind, in language: Language) -> Entry {
        switch language {
        case .english: english[kind]
        case .vietnamese: vietnamese[kind]
        }
    }

    private subscript(kind: Notification.Kind) -> Entry {
        switch kind {
        case .created: created
        case .updated: updated
        case .resolved: resolved
        case .deleted: deleted
        case .commented: commented
        case .escalated: escalated
        case .noted: noted
        }
    }

    private static let english = NotificationWords(
        created: Entry(
            title: "New Support Ticket",
            message: [.text("User "), .name, .text(" created a new support ticket")],
            fleetMessage: [.text("User "), .name, .text(" created a new support ticket")]),
        updated: Entry(
            title: "Support Ticket Updated",
            message: [.text("Your support ticket has been updated")],
            fleetMessage: [
                .text("Support ticket #"), .ticket, .text(" of station "), .member, .text(" has been updated"),
            ]),
        resolved: Entry(
            title: "Support Ticket Resolved",
            message: [.text("Your support ticket has been resolved")],
            fleetMessage: [
                .text("Support ticket #"), .ticket, .text(" of station "), .member, .text(" has been resolved"),
            ]),
        deleted: Entry(
            title: "Support Ticket Deleted",
            message: [.text("Your support ticket #"), .ticket, .text(" has been deleted")],
            fleetMessage: [
                .text("Support ticket #"), .ticket, .text(" of station "), .member, .text(" has been deleted"),
            ]),
        commented: Entry(
            title: "New Comment on Support Ticket",
            message: [.name, .text(" commented on support ticket #"), .ticket],
            fleetMessage: [.name, .text(" commented on support ticket #"), .ticket, .text(" of station "), .member]),
        escalated: Entry(
            title: "Support Ticket Still Waiting",
            message: [
                .text("Nobody has taken support ticket #"), .ticket, .text(" for "), .minutes, .text(" minutes"),
            ],
            fleetMessage: [
                .text("Nobody has taken support ticket #"), .ticket, .text(" of station "), .member, .text(" for "),
                .minutes, .text(" minutes"),
            ]),
        noted: Entry(
            title: "Support Ticket Changed",
            message: [.name, .text(" changed support ticket #"), .ticket],
            fleetMessage: [.name, .text(" changed support ticket #"), .ticket, .text(" of station "), .member]))

    private static let vietnamese = NotificationWords(
        created: Entry(
            title: "Phiếu hỗ trợ mới",
            message: [.name, .text(" vừa gửi một phiếu hỗ trợ mới")],
            fleetMessage: [.name, .text(" vừa gửi một phiếu hỗ trợ mới")]),
        updated: Entry(
            title: "Phiếu hỗ trợ có cập nhật",
            message: [.text("Phiếu hỗ trợ của bạn vừa được cập nhật")],
            fleetMessage: [
                .text("Phiếu hỗ trợ #"), .ticket, .text(" của trạm "), .member, .text(" vừa được cập nhật"),
            ]),
        resolved: Entry(
            title: "Phiếu hỗ trợ đã được xử lý",
            message: [.text("Phiếu hỗ trợ của bạn đã được xử lý xong")],
            fleetMessage: [
                .text("Phiếu hỗ trợ #"), .ticket, .text(" của trạm "), .member, .text(" đã được xử lý xong"),
            ]),
        deleted: Entry(
            title: "Phiếu hỗ trợ đã bị xóa",
            message: [.text("Phiếu hỗ trợ #"), .ticket, .text(" của bạn đã bị xóa")],
            fleetMessage: [.text("Phiếu hỗ trợ #"), .ticket, .text(" của trạm "), .member, .text(" đã bị xóa")]),
        commented: Entry(
            title: "Bình luận mới về phiếu hỗ trợ",
            message: [.name, .text(" đã bình luận về phiếu hỗ trợ #"), .ticket],
            fleetMessage: [.name, .text(" đã bình luận về phiếu hỗ trợ #"), .ticket, .text(" của trạm "), .member]),
        escalated: Entry(
            title: "Phiếu hỗ trợ chưa có ai nhận",
            message: [
                .text("Phiếu hỗ trợ #"), .ticket, .text(" đã chờ "), .minutes, .text(" phút mà chưa có ai nhận"),
            ],
            fleetMessage: [
                .text("Phiếu hỗ trợ #"), .ticket, .text(" của trạm "), .member, .text(" đã chờ "), .minutes,
                .text(" phút mà chưa có ai nhận"),
            ]),
        noted: Entry(
            title: "Phiếu hỗ trợ có thay đổi",
            message: [.name, .text(" đã thay đổi phiếu hỗ trợ #"), .ticket],
            fleetMessage: [.name, .text(" đã thay đổi phiếu hỗ trợ #"), .ticket, .text(" của trạm "), .member]))
}
