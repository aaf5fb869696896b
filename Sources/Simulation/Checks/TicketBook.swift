import Domain
import JSON

/// What was asked of a station and what it has answered, so that at any time it can be said what must be there.
final class TicketBook {
    private struct Entry {
        let id: Int64
        let user: Int64
        let description: String
        /// What may stand there as the response: the last that was answered, and those that were asked for since.
        var responses: Set<String> = []
        var hasResponse = false
        var isClosed = false
        var mayBeClosed = false
        var isDeleted = false
        var mayBeDeleted = false
        var comments: Set<String> = []
    }

    private var entries: [Int64: Entry] = [:]
    private var accepted: [(id: Int64, text: String)] = []
    /// Requests that were answered with success.
    private(set) var answeredCount = 0

    func created(_ id: Int64, by user: Int64, _ description: String) {
        answeredCount += 1
        entries[id] = Entry(id: id, user: user, description: description)
    }

    func willChange(_ id: Int64, response: String, closing: Bool) {
        entries[id]?.responses.insert(response)
        if closing { entries[id]?.mayBeClosed = true }
    }

    func changed(_ id: Int64, response: String, closing: Bool) {
        answeredCount += 1
        entries[id]?.responses = [response]
        entries[id]?.hasResponse = true
        if closing { entries[id]?.isClosed = true }
    }

    func willDelete(_ id: Int64) { entries[id]?.mayBeDeleted = true }

    func deleted(_ id: Int64) {
        answeredCount += 1
        entries[id]?.isDeleted = true
    }

    func commented(_ id: Int64, _ text: String) {
        answeredCount += 1
        entries[id]?.comments.insert(text)
    }

    /// The central server has taken a comment, which it passes on.
    func accepted(_ id: Int64, _ text: String) { accepted.append((id, text)) }

    /// What the central server has taken and not passed on, by what a state has.
    func unfulfilled(in desk: Desk) -> [String] {
        var bodies: [Int64: Set<String>] = [:]
        desk.documents { path, document in
            guard path.kind == .tickets else { return }
            let comments = document["comments"]?.arrayValue ?? []
            bodies[Int64(path.id)] = Set(comments.compactMap { $0["body"]?.stringValue })
        }
        // Whoever deletes a ticket ends what was to be said of it.
        return accepted.filter { id, text in bodies[id].map { !$0.contains(text) } ?? false }.map(\.text)
    }

    /// A backup was put back: nothing is owed of what was before.
    func forget() {
        entries = [:]
        accepted = []
    }

    func owner(of id: Int64) -> Int64? { entries[id]?.user }

    /// Tickets that are there for sure, in order.
    var certain: [Int64] { entries.values.filter { !$0.mayBeDeleted }.map(\.id).sorted() }

    // MARK: Checking

    /// What a state lacks of what was answered, and what it has twice; empty where nothing.
    func objections(to desk: Desk) -> [String] {
        var tickets: [Int64: JSONObject] = [:]
        desk.documents { path, document in
            if path.kind == .tickets { tickets[Int64(path.id)] = document }
        }
        var objections: [String] = []
        for (id, entry) in entries.sorted(by: { $0.key < $1.key }) {
            guard let ticket = tickets[id] else {
                if !entry.mayBeDeleted { objections.append("ticket \(id), which was answered, is gone") }
                continue
            }
            if entry.isDeleted { objections.append("ticket \(id), whose deletion was answered, is there") }
            objections += Self.objections(to: ticket, entry)
        }
        var seen: [String: Int64] = [:]
        for (id, ticket) in tickets.sorted(by: { $0.key < $1.key }) {
            guard let description = ticket["description"]?.stringValue else { continue }
            if let other = seen[description] { objections.append("tickets \(other) and \(id) are one request") }
            seen[description] = id
        }
        return objections
    }

    private static func objections(to ticket: JSONObject, _ entry: Entry) -> [String] {
        var objections: [String] = []
        if ticket["description"]?.stringValue != entry.description {
            objections.append("ticket \(entry.id) is not the one that was answered")
        }
        let response = ticket["response"]?.stringValue
        if let response {
            if !entry.responses.contains(response) {
                objections.append("ticket \(entry.id) has the response \(response), which is not its last")
            }
        } else if entry.hasResponse {
            objections.append("ticket \(entry.id) has lost its response")
        }
        let isClosed = ticket["status"]?.stringValue == "closed"
        if entry.isClosed, !isClosed { objections.append("ticket \(entry.id), which was closed, is not") }
        if isClosed, !entry.mayBeClosed { objections.append("ticket \(entry.id) is closed, and nobody asked for that") }
        let bodies = (ticket["comments"]?.arrayValue ?? []).compactMap { $0["body"]?.stringValue }
        for comment in entry.comments.sorted() where !bodies.contains(comment) {
            objections.append("ticket \(entry.id) has lost the comment \(comment)")
        }
        if Set(bodies).count != bodies.count { objections.append("ticket \(entry.id) has a comment twice") }
        return objections
    }
}
