import JSON

/// Tickets as they are, one after the other, for a central server that cannot have their history.
extension Desk {
    /// A document is cut to this, so that it fits wherever an event fits.
    private static let bytesMax = 384 * 1024

    /// Writes tickets by rising number, from `id` on, until there are `countMax` of them or `bytesMax` bytes: each as a
    /// compact JSON object with comments and history, and with `user` and `station` expanded.
    ///
    /// A ticket that is too long is without its history and its oldest comments, and has `truncated`.
    ///
    /// - Returns: the tickets, and the number to continue from; nil if these were the last.
    public func ticketDocuments(
        from id: Identifier, countMax: Int, bytesMax: Int
    ) -> (documents: [(id: Identifier, json: [UInt8])], next: Identifier?) {
        var documents: [(id: Identifier, json: [UInt8])] = []
        var bytes = 0
        var next: Identifier?
        tickets.rows.ascending(from: id) { ticket in
            guard documents.count < countMax, bytes < bytesMax || documents.isEmpty else {
                next = ticket.id
                return false
            }
            let json = document(of: ticket)
            bytes += json.count
            documents.append((ticket.id, json))
            return true
        }
        return (documents, next)
    }

    private func document(of ticket: Ticket) -> [UInt8] {
        var object = ticket.json()
        let expanded = snapshot(of: ticket).json
        object["user"] = expanded["user"]
        object["station"] = expanded["station"]
        let whole = object.encoded()
        guard whole.count > Self.bytesMax else { return whole }
        object["history"] = []
        object["truncated"] = true
        var comments = object["comments"]?.arrayValue ?? []
        object["comments"] = []
        var room = Self.bytesMax - object.encoded().count
        var kept = 0
        for comment in comments.reversed() {
            room -= comment.encoded().count + 1
            guard room >= 0 else { break }
            kept += 1
        }
        comments.removeFirst(comments.count - kept)
        object["comments"] = .array(comments)
        return object.encoded()
    }
}
