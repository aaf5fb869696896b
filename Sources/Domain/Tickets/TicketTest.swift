/// Whether a ticket belongs to an answer.
struct TicketTest: Sendable {
    let filter: TicketFilter
    let search: TextSearch?

    init(_ filter: TicketFilter) {
        self.filter = filter
        let search = filter.search.map(TextSearch.init)
        self.search = search?.isEmpty == true ? nil : search
    }

    /// Whether it depends on nothing but a user or a swap station.
    var isOnlyAboutGroups: Bool {
        filter.status == nil && filter.type == nil && filter.priority == nil && filter.assigneeID == nil
            && filter.ids == 0 ... .max && filter.changedAfter == 0 && search == nil
    }

    /// Whether a ticket has what the filter asks for, apart from its texts and its last change.
    func holds(for ticket: Ticket) -> Bool {
        (filter.status == nil || filter.status == ticket.status)
            && (filter.userID == nil || filter.userID == ticket.userID)
            && (filter.stationID == nil || filter.stationID == ticket.stationID)
            && (filter.type == nil || filter.type == ticket.type)
            && (filter.priority == nil || filter.priority == ticket.priority)
            && (filter.assigneeID == nil || filter.assigneeID == ticket.assigneeID)
            && filter.ids.contains(ticket.id)
    }

    /// Whether a ticket was changed after the event that the filter names.
    ///
    /// - Parameter sequence: the last event that changed anything in it.
    func holds(forChange sequence: UInt64) -> Bool { filter.changedAfter < sequence }
}
