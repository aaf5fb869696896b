import JSON
import Testing

@testable import Domain

/// The table of documents, entry by entry.
@Suite struct DocumentRegistryTests {
    @Test func `every kind has its entry at its place`() {
        #expect(DocumentRegistry.entries.map(\.kind) == DocumentPath.Kind.allCases)
    }

    /// Existing data directories have these names.
    @Test func `directories and number members keep their names on disk`() {
        let names = DocumentFolder.all(among: ["fleet-7"]).map { folder in
            "\(folder.name) \(DocumentRegistry[folder.kind].idMember ?? "-")"
        }
        #expect(
            names == [
                "tickets support_id", "users user_id", "stations station_id", "answers answer_id", "inboxes user_id",
                "deliveries page", "idempotency -", "notifications page", "counters -", "uplink -", "running -",
                "fleet station_id", "fleet-commands station_id", "fleet-7 support_id",
            ])
    }

    @Test(arguments: DocumentPath.Kind.allCases)
    func `a document is the same after it is restored`(_ kind: DocumentPath.Kind) throws {
        let documents = try documents(of: kind, in: Scene.withEveryDocument().desk)
        #expect(!documents.isEmpty)
        for (path, document) in documents {
            let desk = Desk()
            try desk.restore(path, try #require(try JSONParser.parse(document.encoded(.pretty)).objectValue))
            #expect(self.documents(of: kind, in: desk) == [path: document])
            #expect(desk.lastSequence == document["sequence"]?.integerValue.map(UInt64.init))
            if let member = DocumentRegistry[kind].idMember {
                #expect(document[member]?.integerValue == Int64(path.id))
            }
        }
    }

    @Test(arguments: DocumentPath.Kind.allCases)
    func `the events that touch a document make it`(_ kind: DocumentPath.Kind) throws {
        let scene = try Scene.withEveryDocument()
        var made: [DocumentPath: JSONObject] = [:]
        for record in scene.records {
            let event = try Event(record: try JSONParser.parse(record))
            for path in event.documents where path.kind == kind {
                made[path] = try DocumentRegistry[kind].project(made[path], path.id, event)
            }
        }
        #expect(made == documents(of: kind, in: scene.desk))
    }

    private func documents(of kind: DocumentPath.Kind, in desk: Desk) -> [DocumentPath: JSONObject] {
        var documents: [DocumentPath: JSONObject] = [:]
        DocumentRegistry[kind].visit(desk) { documents[$0] = $1 }
        return documents
    }
}
