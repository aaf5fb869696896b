import JSON

/// A part of the state that is kept as one JSON file, and that depends on nothing but the events that touch it.
///
/// This is what makes restoring safe: a document remembers the last event that it has in it and takes no event twice,
/// so documents of different age and the journal's tail together give the same state as the whole journal, whenever
/// the checkpointer was stopped.
protocol Document: Sendable {
    /// Reads a document; `id` is the number in its path.
    init(_ reader: MemberReader, id: Identifier) throws(DocumentFault)

    /// What `event` makes where there is no document; nil where that is still none.
    init?(madeBy event: Event, id: Identifier)

    /// The last event in it.
    var documentSequence: UInt64 { get }

    /// Takes in an event that is newer than the document; false where the document ends with it.
    mutating func take(_ event: Event) -> Bool

    /// Writes the members except `sequence` over those of an earlier version, so that members unknown here stay.
    func write(into object: inout JSONObject)
}

extension Document {
    /// Takes in an event unless the document has it already; false where the document ends with it.
    mutating func apply(_ event: Event) -> Bool {
        event.sequence <= documentSequence || take(event)
    }

    /// The document as a JSON object that ends with its sequence.
    func json(over earlier: JSONObject = JSONObject()) -> JSONObject {
        var object = earlier
        write(into: &object)
        object.lastMember("sequence", sequence: documentSequence)
        return object
    }
}
