import JSON
import Store

/// Folds journal records into the documents of a checkpoint.
///
/// The types that make up the desk fold the events here too, so documents and desk cannot come to differ. Members of
/// a document that are unknown here stay.
public enum Projection {
    /// What becomes of the document at `path` by an event; nil if it ends, or if there is still none.
    ///
    /// A document that already has the event stays as it is. Throws if `document` is not what documents at `path` are.
    public static func updated(
        _ path: DocumentPath, _ document: JSONObject?, by event: Event
    ) throws(DocumentFault) -> JSONObject? {
        guard event.documents.contains(path) else { return document }
        return try DocumentRegistry[path.kind].project(document, path.id, event)
    }

    /// Folds one record into the documents that it touches. A document that the desk would refuse is damaged, like one
    /// that is not JSON.
    ///
    /// - Returns: what is wrong with the record if it cannot be read; such a record changes nothing.
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
            let project = DocumentRegistry[path.kind].project
            var old = try documents.document(at: path.text)
            var new: JSONObject?
            do {
                new = try project(old, path.id, event)
            } catch {
                try documents.markDamaged(path.text, because: "\(error)")
                old = nil
                new = try? project(nil, path.id, event)
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
}
