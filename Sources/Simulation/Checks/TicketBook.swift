import Domain
import JSON

/// The tickets as the station's answers have them, to check at any time that a state has all of that.
final class TicketBook {
    private struct Entry {
        let id: Int64
        let user: Int64
        let description: String
        /// The responses that the ticket may have: the last one answered, and those requested since.
        var responses: Set<String> = []
        var hasResponse = false
        var isClosed = false
        var mayBeClosed = false
        var isDeleted = false
        var mayBeDeleted = false
        var comments: Set<String> = []
    }

    private var entries: [Int64: Entry] = [:]
    /// The titles of canned answers, by number; nil once one may have been deleted.
    private var answers: [Int64: String?] = [:]
    /// The comments that the central server has accepted and must pass on.
    private var accepted: [(id: Int64, text: String)] = []
    /// The number of changes that were answered with success.
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

    func kept(answer id: Int64, _ title: String) {
        answeredCount += 1
        answers[id] = title
    }

    func willRemove(answer id: Int64) { answers[id] = .some(nil) }

    func removed(answer id: Int64) {
        answeredCount += 1
        answers[id] = nil
    }

    /// The central server has accepted a comment and must pass it on to the station.
    func accepted(_ id: Int64, _ text: String) { accepted.append((id, text)) }

    /// The accepted comments that are missing from a state of the station.
    func unfulfilled(in desk: Desk) -> [String] {
        var bodies: [Int64: Set<String>] = [:]
        desk.documents { path, document in
            guard path.kind == .tickets else { return }
            let comments = document["comments"]?.arrayValue ?? []
            bodies[Int64(path.id)] = Set(comments.compactMap { $0["body"]?.stringValue })
        }
        // Nothing is owed to a ticket that was deleted meanwhile.
        return accepted.filter { id, text in bodies[id].map { !$0.contains(text) } ?? false }.map(\.text)
    }

    /// Drops everything: a backup was restored.
    func forget() {
        entries = [:]
        answers = [:]
        accepted = []
    }

    func owner(of id: Int64) -> Int64? { entries[id]?.user }

    /// The tickets that must exist, in order.
    var certain: [Int64] { entries.values.filter { !$0.mayBeDeleted }.map(\.id).sorted() }

    // MARK: Checking

    /// The answered changes that a state lacks, and whatever it has without or beyond a request.
    func objections(to desk: Desk) -> [String] {
        var tickets: [Int64: JSONObject] = [:]
        desk.documents { path, document in
            if path.kind == .tickets { tickets[Int64(path.id)] = document }
        }
        var objections = objections(toAnswersOf: desk)
        for (id, entry) in entries.sorted(by: { $0.key < $1.key }) {
            guard let ticket = tickets[id] else {
                if !entry.mayBeDeleted { objections.append("ticket \(id) is lost") }
                continue
            }
            if entry.isDeleted { objections.append("ticket \(id) was deleted and is still there") }
            objections += Self.objections(toTicket: ticket, entry)
        }
        var seen: [String: Int64] = [:]
        for (id, ticket) in tickets.sorted(by: { $0.key < $1.key }) {
            guard let description = ticket["description"]?.stringValue else { continue }
            if let other = seen[description] { objections.append("one request has made tickets \(other) and \(id)") }
            seen[description] = id
        }
        return objections
    }

    private func objections(toAnswersOf desk: Desk) -> [String] {
        var titles: [Int64: String] = [:]
        desk.documents { path, document in
            if path.kind == .answers { titles[Int64(path.id)] = document["title"]?.stringValue }
        }
        return answers.sorted { $0.key < $1.key }.compactMap { id, title in
            title == nil || titles[id] == title ? nil : "canned answer \(id) is lost"
        }
    }

    private static func objections(toTicket ticket: JSONObject, _ entry: Entry) -> [String] {
        var objections: [String] = []
        if ticket["description"]?.stringValue != entry.description {
            objections.append("ticket \(entry.id) has another description than the one that was filed")
        }
        let response = ticket["response"]?.stringValue
        if let response {
            if !entry.responses.contains(response) {
                objections.append("ticket \(entry.id) has the response \(response), which is not its last one")
            }
        } else if entry.hasResponse {
            objections.append("ticket \(entry.id) has lost its response")
        }
        let isClosed = ticket["status"]?.stringValue == "closed"
        if entry.isClosed, !isClosed { objections.append("ticket \(entry.id) was closed and is open again") }
        if isClosed, !entry.mayBeClosed { objections.append("ticket \(entry.id) is closed without a request") }
        let bodies = (ticket["comments"]?.arrayValue ?? []).compactMap { $0["body"]?.stringValue }
        for comment in entry.comments.sorted() where !bodies.contains(comment) {
            objections.append("ticket \(entry.id) has lost the comment \(comment)")
        }
        if Set(bodies).count != bodies.count { objections.append("ticket \(entry.id) has a comment twice") }
        return objections
    }
}
