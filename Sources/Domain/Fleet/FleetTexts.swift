import JSON

// A station holds texts from clients to `TextLimits`. A central server cannot rely on that: it holds what its members
// send to the same limits, or does not understand it. So the memory for a ticket is bounded.

extension MemberReader {
    /// Throws if the text is not nil and has more than `max` Unicode scalars.
    fileprivate func mustBeShort(_ name: String, _ text: String?, _ max: Int) throws(DocumentFault) {
        // Counting bytes is quicker, and for most texts it saves counting scalars.
        guard let text, text.utf8.count > max, text.unicodeScalars.count > max else { return }
        throw fault(name, "must be at most \(max) characters")
    }
}

extension TicketSnapshot {
    /// Throws if a text is longer than any that a station accepts. `reader` has the ticket as in an answer.
    func mustBeShort(in reader: MemberReader) throws(DocumentFault) {
        try reader.mustBeShort("description", ticket.description, TextLimits.descriptionMax)
        try reader.mustBeShort("response", ticket.response, TextLimits.responseMax)
        try reader.mustBeShort("user.username", user.username, TextLimits.usernameMax)
        try reader.mustBeShort("user.email", user.email, TextLimits.emailMax)
        try reader.mustBeShort("user.phone", user.phone, TextLimits.phoneMax)
        try reader.mustBeShort("station.name", station?.name, TextLimits.stationNameMax)
        try reader.mustBeShort("station.address", station?.address, TextLimits.stationAddressMax)
    }
}

extension Comment {
    func mustBeShort(in reader: MemberReader, _ prefix: String) throws(DocumentFault) {
        try reader.mustBeShort("\(prefix).body", body, TextLimits.commentMax)
        try reader.mustBeShort("\(prefix).username", username, TextLimits.usernameMax)
    }
}

extension FieldChange {
    func mustBeShort(in reader: MemberReader, _ prefix: String) throws(DocumentFault) {
        for (name, value) in [("from", from), ("to", to)] {
            guard case .text(let text) = value else { continue }
            try reader.mustBeShort("\(prefix).\(name)", text, TextLimits.descriptionMax)
        }
    }
}

extension Ticket {
    /// Throws if there are more or longer comments or history entries than a ticket of a station can have.
    func threadMustBeShort(in reader: MemberReader) throws(DocumentFault) {
        for (index, comment) in comments.enumerated() { try comment.mustBeShort(in: reader, "comments[\(index)]") }
        guard comments.count <= DeskLimits.commentsPerTicketMax, commentBytes <= DeskLimits.commentBytesPerTicketMax
        else { throw reader.fault("comments", "must not be more or longer than a ticket can have") }
        let history = historyStored ?? []
        for (index, entry) in history.enumerated() {
            try entry.change.mustBeShort(in: reader, "history[\(index)]")
        }
        guard history.count <= DeskLimits.historyPerTicketMax,
            history.reduce(0, { $0 + $1.change.textBytes }) <= DeskLimits.historyBytesPerTicketMax
        else { throw reader.fault("history", "must not be more or longer than a ticket can have") }
    }
}

extension Event {
    /// Throws if a text of a ticket's event is longer than any that a station accepts. `reader` has its data.
    func textsMustBeShort(in reader: MemberReader) throws(DocumentFault) {
        // Nothing of a deleted ticket is kept.
        if case .ticketDeleted = change { return }
        try ticket?.mustBeShort(in: try reader.reader("ticket"))
        switch change {
        case .ticketUpdated(_, let changes):
            for (index, change) in changes.enumerated() { try change.mustBeShort(in: reader, "changes[\(index)]") }
        case .ticketCommented(_, _, _, let comment, _): try comment.mustBeShort(in: reader, "comment")
        default: break
        }
    }
}
