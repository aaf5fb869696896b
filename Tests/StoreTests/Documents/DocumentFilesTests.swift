import JSON
import Platform
import Simulation
import Store
import Testing

@Suite struct DocumentFilesTests {
    private let disk = MemoryDisk()
    private let tickets = DocumentDirectory("tickets", idMember: "support_id")

    private func readAll() throws -> (documents: [StoredDocument], findings: [Finding]) {
        var documents: [StoredDocument] = []
        let findings = try DocumentFiles.readAll(disk, tickets) { documents.append($0) }
        return (documents, findings)
    }

    private func put(_ id: Int, sequence: Int = 5) {
        disk.put("tickets/\(id).json", "{\"support_id\": \(id), \"sequence\": \(sequence)}\n")
    }

    @Test func `a missing directory has no documents`() throws {
        let (documents, findings) = try readAll()
        #expect(documents.isEmpty)
        #expect(findings.isEmpty)
    }

    @Test func `documents come in the order of their IDs`() throws {
        for id in [10, 2, 1, 33] { put(id, sequence: id + 1) }
        let (documents, findings) = try readAll()
        #expect(documents.map(\.id) == [1, 2, 10, 33])
        #expect(documents.map(\.sequence) == [2, 3, 11, 34])
        #expect(documents[0].content == ["support_id": 1, "sequence": 2])
        #expect(findings.isEmpty)
    }

    @Test(arguments: [
        "", "{", "{}", "[1]", "null", "{\"support_id\": 1}", "{\"support_id\": 1, \"sequence\": -1}",
        "{\"support_id\": 2, \"sequence\": 1}", "{\"support_id\": \"1\", \"sequence\": 1}", "{\"sequence\": 1}",
        "{\"support_id\": 1, \"support_id\": 1, \"sequence\": 1}", "\u{0}\u{0}\u{0}",
    ])
    func `damaged documents are moved aside`(text: String) throws {
        disk.put("tickets/1.json", text)
        put(2)
        let (documents, findings) = try readAll()
        #expect(documents.map(\.id) == [2])
        #expect(findings.map(\.severity) == [.damage])
        #expect(findings.map(\.file) == ["tickets/1.json"])
        #expect(disk.text("quarantine/tickets-1.json") == text)
        #expect(disk.bytes("tickets/1.json") == nil)
    }

    /// After a kill following the first move, the next start must know that there was damage.
    @Test func `damage is noted before anything is moved`() throws {
        disk.put("tickets/1.json", "{")
        disk.put("tickets/2.json", "{")
        put(3)
        var calls: [[String]] = []
        let findings = try DocumentFiles.readAll(
            disk, tickets,
            beforeMovingDamage: {
                calls.append(disk.paths)
                return true
            }
        ) { _ in
        }
        #expect(findings.count == 2)
        #expect(calls == [["tickets/1.json", "tickets/2.json", "tickets/3.json"]])
    }

    /// A full disk is no reason to refuse to start, nor to forget what was found.
    @Test func `damage that could not be noted stays where it is`() throws {
        disk.put("tickets/1.json", "{")
        put(2)
        var ids: [Int64] = []
        let findings = try DocumentFiles.readAll(disk, tickets, beforeMovingDamage: { false }) { ids.append($0.id) }
        #expect(ids == [2])
        #expect(findings.map(\.severity) == [.damage])
        #expect(disk.text("tickets/1.json") == "{")
    }

    @Test func `damage stays where it is if there is no space for quarantine`() throws {
        disk.put("tickets/1.json", "{")
        var isMet = false
        for call in 0..<20 {
            let full = FaultyDisk(disk, faultAt: call, .fails(.noSpace))
            guard let findings = try? DocumentFiles.readAll(full, tickets, visit: { _ in }) else { continue }
            guard full.faultedOperation == .makeDirectory else { continue }
            isMet = true
            #expect(findings.map(\.severity) == [.damage])
            #expect(disk.text("tickets/1.json") == "{")
        }
        #expect(isMet)
    }

    @Test func `damaged documents with the same name get different names in quarantine`() throws {
        for _ in 0..<3 {
            disk.put("tickets/1.json", "{")
            _ = try readAll()
        }
        #expect(
            disk.paths == [
                "quarantine/tickets-1.json", "quarantine/tickets-1.json.2", "quarantine/tickets-1.json.3",
            ])
    }

    @Test(arguments: ["01.json", "x.json", "-1.json", "1.json~", "+1.json", "1.JSON", ".json"])
    func `files that are not documents are moved aside`(name: String) throws {
        disk.put("tickets/\(name)", "{}")
        let (documents, findings) = try readAll()
        #expect(documents.isEmpty)
        #expect(findings.map(\.severity) == [.warning])
        #expect(disk.text("quarantine/tickets-\(name)") == "{}")
    }

    @Test func `a killed writer's temporary file is removed`() throws {
        put(1)
        disk.put("tickets/1.json.tmp", "{\"supp")
        let (documents, findings) = try readAll()
        #expect(documents.map(\.id) == [1])
        #expect(findings.map(\.severity) == [.note])
        #expect(disk.paths == ["tickets/1.json"])
    }

    @Test func `unreadable documents are moved aside`() throws {
        put(1)
        put(2)
        disk.unreadable["tickets/1.json"] = 0..<1
        let (documents, findings) = try readAll()
        #expect(documents.map(\.id) == [2])
        #expect(findings.map(\.problem) == ["Input/output error"])
    }

    @Test func `long documents are read whole after short ones`() throws {
        for (id, length) in [(1, 10), (2, 16_384), (3, 100_000), (4, 10), (5, 81_920)] {
            let text = String(repeating: "x", count: length)
            disk.put("tickets/\(id).json", "{\"support_id\": \(id), \"text\": \"\(text)\", \"sequence\": 1}")
        }
        let (documents, findings) = try readAll()
        #expect(findings.isEmpty)
        #expect(documents.map { $0.content["text"]?.stringValue?.utf8.count } == [10, 16_384, 100_000, 10, 81_920])
    }

    @Test func `a file is replaced whole or not at all`() throws {
        disk.put("tickets/1.json", "old")
        disk.capacity = disk.usedBytes + 5
        #expect(throws: DiskError.self) { try disk.replace("tickets/1.json", with: Array("much longer".utf8)) }
        #expect(disk.text("tickets/1.json") == "old")
        #expect(disk.paths == ["tickets/1.json"])
        disk.capacity = .max
        disk.put("tickets/1.json.tmp", "left behind")
        try disk.replace("tickets/1.json", with: Array("new".utf8))
        #expect(disk.text("tickets/1.json") == "new")
        #expect(disk.paths == ["tickets/1.json"])
    }

    @Test func `files over the limit are a fault`() throws {
        disk.put("a", [UInt8](repeating: 1, count: 100_000))
        #expect(try disk.contents(of: "a", countMax: 100_000).count == 100_000)
        #expect(throws: DiskError(.read, path: "a", number: .fileTooLarge)) {
            try disk.contents(of: "a", countMax: 99_999)
        }
        disk.put("b", [1, 2])
        #expect(throws: DiskError.self) { try disk.contents(of: "b", countMax: 1) }
        #expect(disk.openCount == 0)
    }
}
