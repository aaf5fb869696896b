import Bytes
import Domain
import JSON
import Uplink

// Lines of JSON. Each is a record of a journal that may have been edited by hand.

extension FuzzMachine {
    /// The words of records and documents.
    static let stationWords = [
        "\"seq\":", "\"at\":\"2025-01-12T10:30:01.800Z\"", "\"by\":1", "\"by\":\"central\"",
        "\"type\":\"ticket.created\"", "\"ticket\":{", "\"changes\":[",
        "\"field\":\"status\"", "\"support_id\":", "\"user_id\":", "\"station_id\":", "\"through\":", "\"ids\":[",
        "\"deliveries\":[", "\"addressed\":",
        "\"created\":", "\"command\":{", "\"number\":", "\"epoch\":", "\"read\":[", "\"entries\":[", "\"sequence\":",
        "9223372036854775807",
        "2000000000", "1099511627776", "null", "-1", "0", "\"ended\":[", "\"station\":7", "\"event\":{",
        "\"tickets\":[", "\"offset_seconds\":",
        "fleet.reported", "notifications.read", "notifications.delivered", "uplink.shipped", "user.deleted",
        "\"count\":", "\"page\":", "answer.created", "answer.updated", "answer.deleted", "ticket.escalated",
        "\"answer\":{",
        "\"answer_id\":", "\"minutes\":", "\"news_after\":", "\"escalated_at\":", "\"language\":\"vi\"",
    ]

    static let events = FuzzMachine(
        "events", bytesMax: 2048, words: stationWords,
        seeds: {
            let records = DeskScene.furnished.records.map { numberedAfterAll($0) }
            return records + DeskScene.furnished.records + [
                records[5] + [0x0A] + records[7], records[9] + [0x0A] + records[5], records[3] + [0x0A] + records[10],
                [UInt8](
                    "{\"seq\":40,\"at\":\"2025-01-12T10:30:01.800Z\",\"by\":3,\"type\":\"notifications.read\","
                        + "\"user_id\":3,\"through\":9223372036854775807}"
                ),
                [UInt8](
                    "{\"seq\":9223372036854775807,\"at\":\"2025-01-12T10:30:01.800Z\",\"by\":3,"
                        + "\"type\":\"later\",\"user_id\":3}"
                ),
            ]
        },
        body: { bytes in
            let desk = DeskScene.furnished.desk.copy()
            var hasChanged = false
            for line in bytes.split(separator: 0x0A) {
                let record = Array(line)
                readInSlices(record)
                guard let value = try? JSONParser.parse(record), let event = try? Event(record: value) else { continue }
                if case .unknown = event.change { continue }
                DeskChecks.checkRecord(of: event)
                tell(event, record, desk)
                guard event.sequence > desk.lastSequence else {
                    // Documents may have it or not, so the resulting state need not be one that a journal leads to.
                    let other = desk.copy()
                    other.apply(event)
                    DeskChecks.ask(other)
                    continue
                }
                let before = desk.copy()
                desk.apply(event)
                checkDocuments(before, event, desk)
                hasChanged = true
            }
            if hasChanged { DeskChecks.check(desk) }
        })

    /// Runs everything that reads records without parsing them.
    private static func readInSlices(_ record: [UInt8]) {
        let encoder = CloudEventEncoder(stationID: 7, epoch: "first")
        _ = encoder.event(of: record, sequence: 40, previous: 39, ordinal: 1)
        _ = NotificationText(record: record, epoch: "e", replayed: true, isRead: false)
    }

    private static func tell(_ event: Event, _ record: [UInt8], _ desk: Desk) {
        if let notification = desk.notification(for: event) {
            var writer = JSONWriter()
            notification.write(into: &writer, epoch: "e")
            expect((try? JSONParser.parse(writer.bytes)) != nil, "a notification is JSON")
        }
        if let text = NotificationText(record: record, epoch: "e") {
            expect((try? JSONParser.parse(text.json)) != nil, "a notification from a record is JSON")
        }
        _ = desk.isNews(event)
        _ = desk.fleetCommands(finishedBy: event)
        // The record as the program itself would write it.
        let encoder = CloudEventEncoder(stationID: 7, epoch: "first")
        let written = event.record()
        guard let shipped = encoder.event(of: written, sequence: event.sequence, previous: 0, ordinal: 1) else {
            return
        }
        guard let cloudEvent = try? JSONParser.parse(shipped.json) else {
            return expect(false, "a shipped event is JSON: \(String(decoding: shipped.json, as: UTF8.self))")
        }
        do throws(DocumentFault) {
            _ = try FleetEvent(cloudEvent, station: 7)
        } catch {
            expect(event.sequence == 0, "a central server can read a shipped event: \(error)")
        }
    }

    /// The checkpointer writes the same documents as the desk.
    private static func checkDocuments(_ before: Desk, _ event: Event, _ after: Desk) {
        let paths = Set(event.documents)
        guard paths.count < 20 else { return }
        var old: [DocumentPath: JSONObject] = [:]
        var new: [DocumentPath: JSONObject] = [:]
        before.documents { if paths.contains($0) { old[$0] = $1 } }
        after.documents { if paths.contains($0) { new[$0] = $1 } }
        for path in paths {
            do throws(DocumentFault) {
                let folded = try Projection.updated(path, old[path], by: event)
                expect(
                    folded.map { JSONValue.object($0) } == new[path].map { JSONValue.object($0) },
                    "the checkpointer and the desk agree on \(path.text): \(folded.map(\.description) ?? "nil") "
                        + "\(new[path].map(\.description) ?? "nil")")
            } catch {
                expect(false, "a document of the desk can be read: \(path.text): \(error)")
            }
        }
    }

    // MARK: - Documents

    /// A line with a path, then the document. Up to two more follow, each after U+001E.
    static let documents = FuzzMachine(
        "documents", bytesMax: 2048, words: stationWords,
        seeds: {
            let documents = DeskScene.documents.map { [UInt8]($0.path.text) + [0x0A] + $0.content.encoded() }
            return documents + zip(documents, documents.dropFirst()).map { $0 + [0x1E] + $1 }
        },
        body: { bytes in
            let desk = DeskScene.furnished.desk.copy()
            var bare = Desk()
            var hasChanged = false
            for file in bytes.split(separator: 0x1E).prefix(3) {
                var input = FuzzInput(Array(file))
                guard let path = path(input.part(endingWith: 0x0A)),
                    let content = (try? JSONParser.parse(input.rest()))?.objectValue
                else { continue }
                let isRestored = (try? desk.restore(path, content)) != nil
                expect(
                    isRestored == ((try? bare.restore(path, content)) != nil),
                    "whether a document is valid does not depend on others")
                hasChanged = hasChanged || isRestored
                fold(path, content)
            }
            guard hasChanged else { return }
            DeskChecks.check(bare)
            DeskChecks.ask(desk)
            for event in recordedEvents { desk.apply(event) }
            DeskChecks.ask(desk)
        })

    private static let recordedEvents: [Event] = DeskScene.furnished.records.compactMap { record in
        (try? JSONParser.parse(numberedAfterAll(record))).flatMap { try? Event(record: $0) }
    }

    /// The same record with a sequence number after those of all documents, so that it applies to them.
    private static func numberedAfterAll(_ record: [UInt8]) -> [UInt8] {
        guard var object = (try? JSONParser.parse(record))?.objectValue else { return record }
        object["seq"] = .integer(1_000 + (object["seq"]?.integerValue ?? 0))
        return object.encoded()
    }

    /// Folds every event into the document, as the checkpointer does.
    private static func fold(_ path: DocumentPath, _ content: JSONObject) {
        for event in recordedEvents where event.documents.contains(path) {
            _ = try? Projection.updated(path, content, by: event)
        }
    }

    private static func path(_ text: [UInt8]) -> DocumentPath? {
        let parts = text.split(separator: 0x2F)
        guard parts.count == 2, parts[1].suffix(5) == [UInt8](".json")[...],
            let id = Decimal.parse(parts[1].dropLast(5))
        else { return nil }
        let name = String(decoding: parts[0], as: UTF8.self)
        let folder = DocumentFolder.all(among: [name]).first { $0.name == name }
        return Identifier(exactly: id).flatMap { folder?.path($0) }
    }
}
