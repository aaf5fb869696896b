/// Whether a ticket belongs to an answer.
struct TicketTest: Sendable {
    let filter: TicketFilter
    let search: TextSearch?
    /// What the filter's lists of numbers add to the cost of a look at a ticket.
    let stepsPerTicket: Int

    init(_ filter: TicketFilter) {
        self.filter = filter
        stepsPerTicket = (filter.userIDs.count + filter.stationIDs.count + filter.assigneeIDs.count) / 4
        let search = filter.search.map(TextSearch.init)
        self.search = search?.isEmpty == true ? nil : search
    }

    /// Whether it depends on nothing but a user or a swap station.
    var isOnlyAboutGroups: Bool {
        filter.userIDs.count <= 1 && filter.stationIDs.count <= 1 && filter.statuses.isEmpty && filter.types.isEmpty
            && filter.priorities.isEmpty && filter.assigneeIDs.isEmpty && !filter.includesUnassigned
            && filter.createdAfter == nil && filter.createdBefore == nil && filter.ids == 0 ... .max
            && filter.changedAfter == 0 && search == nil
    }

    /// Whether a ticket has what the filter asks for, apart from its texts and its last change.
    func holds(for ticket: Ticket) -> Bool {
        filter.statuses.allows(ticket.status) && filter.userIDs.allows(ticket.userID)
            && filter.stationIDs.allows(ticket.stationID) && filter.types.allows(ticket.type)
            && filter.priorities.allows(ticket.priority) && holds(forAssignee: ticket.assigneeID)
            && filter.createdAfter.map({ ticket.createdAt >= $0 }) ?? true
            && filter.createdBefore.map({ ticket.createdAt < $0 }) ?? true && filter.ids.contains(ticket.id)
    }

    private func holds(forAssignee assignee: Identifier?) -> Bool {
        guard filter.includesUnassigned else { return filter.assigneeIDs.allows(assignee) }
        return assignee.map(filter.assigneeIDs.contains) ?? true
    }

    /// Whether a ticket was changed after the event that the filter names.
    ///
    /// - Parameter sequence: the last event that changed anything in it.
    func holds(forChange sequence: UInt64) -> Bool { filter.changedAfter < sequence }
}

extension Array where Element: Equatable {
    /// Whether a value is one of these, or there are none, and so it does not matter.
    fileprivate func allows(_ value: Element?) -> Bool { isEmpty || value.map(contains) ?? false }
}
