import JSON

/// A part of the state that is kept as one JSON file and depends only on the events that touch it.
///
/// This is what makes restoring safe: a document remembers the last event folded into it and never folds an event
/// twice. So documents of different ages and the journal's tail together give the same state as the whole journal,
/// wherever the checkpointer was stopped.
protocol DeskDocument: Sendable {
    /// Reads a document; `id` is the number in its path.
    init(_ reader: MemberReader, id: Identifier) throws(DocumentFault)

    /// Makes the document that `event` creates where there is none; nil if there is still none after it.
    init?(madeBy event: Event, id: Identifier)

    /// Appends the paths of the documents of this type that `event` may make, change or end.
    static func appendPaths(touchedBy event: Event, to paths: inout [DocumentPath])

    /// Where it is in the data directory.
    var path: DocumentPath { get }

    /// The last event folded into it.
    var documentSequence: UInt64 { get }

    /// Folds in an event newer than the document; false if the event ends the document.
    mutating func fold(_ event: Event) -> Bool

    /// Writes the members except `sequence` over those of an earlier version, so that members unknown here stay.
    func write(into object: inout JSONObject)
}

extension DeskDocument {
    /// Folds in an event unless the document already has it; false if the event ends the document.
    mutating func apply(_ event: Event) -> Bool {
        event.sequence <= documentSequence || fold(event)
    }

    /// The document as a JSON object that ends with its sequence.
    func json(over earlier: JSONObject = JSONObject()) -> JSONObject {
        var object = earlier
        write(into: &object)
        object.lastMember("sequence", sequence: documentSequence)
        return object
    }
}

extension OrderedTable where Row: DeskDocument {
    /// Folds an event into the row at `id`, makes it or ends it.
    mutating func apply(_ event: Event, id: Identifier) {
        if let place = place(of: id) {
            if !self[place].apply(event) { remove(id) }
        } else if let row = Row(madeBy: event, id: id) {
            insert(row)
        }
    }
}
