import JSON
import Store

/// Folds journal records into the documents of a checkpoint.
///
/// The same types that make up the desk take in the events here, so that documents and desk cannot come to differ.
/// Members of a document that are not known here stay.
public enum Projection {
    /// What becomes of the document at `path` by an event; nil where it ends, or where there is still none.
    ///
    /// A document that has the event already stays as it is. Throws where `document` is not what documents at `path`
    /// are.
    public static func updated(
        _ path: DocumentPath, _ document: JSONObject?, by event: Event
    ) throws(DocumentFault) -> JSONObject? {
        guard event.documents.contains(path) else { return document }
        switch path.kind {
        case .tickets: return try updated(Ticket.self, path.id, document, event)
        case .users: return try updated(User.self, path.id, document, event)
        case .stations: return try updated(SwapStation.self, path.id, document, event)
        case .inboxes: return try updated(Inbox.self, path.id, document, event)
        case .deliveries: return try updated(DeliveryPage.self, path.id, document, event)
        case .idempotency: return try updated(FirstAnswer.self, path.id, document, event)
        case .notifications: return try updated(FeedPage.self, path.id, document, event)
        case .counters: return try updated(Counters.self, path.id, document, event)
        case .uplink: return try updated(UplinkState.self, path.id, document, event)
        case .fleet: return try updated(FleetMember.self, path.id, document, event)
        case .fleetCommands: return try updated(FleetCommands.self, path.id, document, event)
        case .fleetTickets: return try updated(FleetTicket.self, path.id, document, event)
        }
    }

    /// Folds one record into the documents that it touches. A document that the desk would refuse is damaged, like one
    /// that is no JSON.
    ///
    /// - Returns: what is wrong with the record, if it cannot be read: it changes nothing then.
    /// - Throws: what the documents throw.
    public static func fold(
        _ record: JSONValue, into documents: inout DocumentSet
    ) throws(StoreError) -> DocumentFault? {
        let event: Event
        do {
            event = try Event(record: record)
        } catch {
            return error
        }
        for path in event.documents {
            var old = try documents.document(at: path.text)
            var new: JSONObject?
            do {
                new = try updated(path, old, by: event)
            } catch {
                try documents.takeAsDamaged(path.text, because: "\(error)")
                old = nil
                new = try? updated(path, nil, by: event)
            }
            if let new {
                try documents.set(path.text, new)
            } else if old == nil {
                documents.noteAbsent(path.text)
            } else {
                try documents.remove(path.text)
            }
        }
        return nil
    }

    private static func updated<State: Document>(
        _ type: State.Type, _ id: Identifier, _ document: JSONObject?, _ event: Event
    ) throws(DocumentFault) -> JSONObject? {
        guard let document else { return State(madeBy: event, id: id)?.json() }
        var state = try State(MemberReader(document), id: id)
        if event.sequence <= state.documentSequence { return document }
        return state.take(event) ? state.json(over: document) : nil
    }
}
