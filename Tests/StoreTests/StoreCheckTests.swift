import Simulation
import Store
import Testing

@Suite struct StoreCheckTests {
    private let items = DocumentDirectory("items", idMember: "id")
    private let first = Fixture.firstSegment

    private func check(_ disk: MemoryDisk) throws -> StoreCheck.Outcome {
        let before = disk.paths.map { disk.bytes($0) }
        let outcome = try StoreCheck.run(disk, documents: [items])
        #expect(disk.paths.map { disk.bytes($0) } == before, "a check changes nothing")
        return outcome
    }

    @Test func `a sound directory has no findings`() throws {
        let disk = try Fixture.disk([18, 5])
        disk.put("items/1.json", "{\"id\": 1, \"sequence\": 23}")
        let outcome = try check(disk)
        #expect(outcome.findings.isEmpty)
        #expect(outcome.severity == nil)
        #expect(!outcome.isInUse)
        #expect(outcome.station == StationFile(stationID: 7, epoch: "epoch1"))
        #expect(outcome.segmentCount == 2)
        #expect(outcome.recordCount == 23)
        #expect(outcome.sequences == 1...23)
        #expect(outcome.documentCount == 1)
        #expect(outcome.quarantinedCount == 0)
    }

    /// A change to a sound directory, the severity of what is found then, and a part of the problem.
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let severity: Finding.Severity
        let problem: String
        let change: @Sendable (MemoryDisk) -> Void

        init(
            _ name: String, _ severity: Finding.Severity, _ problem: String,
            _ change: @escaping @Sendable (MemoryDisk) -> Void
        ) {
            testDescription = name
            self.severity = severity
            self.problem = problem
            self.change = change
        }
    }

    static let cases: [Case] = [
        Case("no station.json", .damage, "No such file") { $0.delete("station.json") },
        Case("damaged station.json", .damage, "cannot be understood") { $0.put("station.json", "{") },
        Case("other format", .damage, "has format 2") { $0.put("station.json", "{\"format\":2}") },
        Case("bad record", .damage, "not a valid record") { disk in disk.change(Fixture.firstSegment) { $0[300] ^= 1 }
        },
        Case("torn end", .note, "cut short") { disk in
            disk.change(StorePath.segment(first: 19)) { $0[51 + 110 * 4 + 30] ^= 1 }
        },
        Case("no header", .damage, "no header") { disk in disk.change(Fixture.firstSegment) { $0[1] ^= 1 } },
        Case("other epoch", .damage, "belongs to the journal of epoch epoch1") {
            $0.put("station.json", "{\"format\":1,\"station_id\":7,\"epoch\":\"other\"}")
        },
        Case("other name", .damage, "its header says that it begins with record 1") { disk in
            disk.put(StorePath.segment(first: 2), disk.bytes(Fixture.firstSegment) ?? [])
            disk.delete(Fixture.firstSegment)
        },
        Case("missing records", .damage, "records 19 to 23 are missing") { disk in
            disk.delete(StorePath.segment(first: 19))
            disk.put(StorePath.segment(first: 24), line(#"{"seq":24,"a":1}"#))
        },
        Case("repeated records", .warning, "appeared before") { disk in
            disk.put(StorePath.segment(first: 20), disk.bytes(StorePath.segment(first: 19)) ?? [])
        },
        Case("not JSON", .damage, "record 24 is not JSON") { disk in
            disk.change(StorePath.segment(first: 19)) { bytes in
                let line = line(#"{"seq":24,"a":}"#)
                bytes.replaceSubrange(601..<(601 + line.count), with: line)
            }
        },
        Case("cursor ahead", .damage, "but record 99 was durable") {
            $0.put("cursors/uplink.json", "{\"sequence\":99}")
        },
        Case("bad cursor", .warning, "not a cursor") { $0.put("cursors/uplink.json", "{}") },
        Case("foreign file", .warning, "not a file of the journal") { $0.put("journal/notes.txt", "x") },
        Case("leftover segment", .note, "interrupted write") { $0.put("journal/next.tmp", "x") },
        Case("leftover document", .note, "interrupted write") { $0.put("items/1.json.tmp", "x") },
        Case("foreign document", .warning, "not a document") { $0.put("items/x.txt", "x") },
        Case("bad document", .damage, "line 1, column 2") { $0.put("items/1.json", "{") },
        Case("other document", .damage, "its id is not 1") { $0.put("items/1.json", "{\"id\":2,\"sequence\":1}") },
        Case("document ahead", .damage, "changed by record 24") {
            $0.put("items/1.json", "{\"id\":1,\"sequence\":24}")
        },
        Case("something kept aside", .warning, "was kept aside") { $0.put("quarantine/x", "x") },
        Case("segment without records", .note, "has no records") {
            $0.put(StorePath.segment(first: 24), [UInt8](repeating: 0, count: 100))
        },
    ]

    /// A valid line, written by a call of its own.
    private static func line(_ json: String) -> [UInt8] {
        let disk = MemoryDisk()
        let text = Array(json.utf8)
        guard let journal = try? Fixture.recover(disk).journal else { return [] }
        // The number in the text is the one that comes next.
        let number = text.dropFirst(7).prefix { $0.isASCIIDigitForTests }
        journal.skip(through: (UInt64(String(decoding: number, as: UTF8.self)) ?? 1) - 1)
        guard (try? journal.append(text)) != nil, (try? journal.commit()) != nil else { return [] }
        let bytes = disk.bytes(StorePath.segment(first: journal.committedSequence)) ?? []
        let start = (bytes.firstIndex(of: 0x0A) ?? 0) + 1
        return Array(bytes[start..<(start + text.count + 10)])
    }

    @Test(arguments: cases)
    func `faults are found`(_ fault: Case) throws {
        let disk = try Fixture.disk([18, 4, 1])
        fault.change(disk)
        let outcome = try check(disk)
        #expect(outcome.findings.has(fault.severity, fault.problem), "\(outcome.findings)")
        #expect((outcome.severity ?? .note) >= fault.severity)
    }

    @Test func `a bad record is reported with its place`() throws {
        let disk = try Fixture.disk([3, 3, 3])
        let start = Fixture.offset(of: 4, in: first, disk)
        disk.change(first) { $0[start + 20] ^= 1 }
        let finding = try check(disk).findings.first
        #expect(finding?.line == 5)
        #expect(finding?.offset == start)
        #expect(finding?.description == "damage: \(first) line 5 (byte \(start)): 110 bytes are not a valid record")
    }

    @Test func `a running station is not disturbed, and its journal's end not judged`() throws {
        let disk = MemoryDisk()
        let journal = try Fixture.recover(disk).journal
        try Fixture.append([3], to: journal)
        disk.change(first) { $0[400] = 0x41 }
        disk.put("items/1.json.tmp", "x")
        let outcome = try check(disk)
        #expect(outcome.isInUse)
        #expect(outcome.findings.isEmpty)
        #expect(outcome.recordCount == 3)
    }

    @Test func `an empty directory is not a station`() throws {
        #expect(try check(MemoryDisk()).findings.map(\.file) == ["station.json"])
    }
}

extension UInt8 {
    fileprivate var isASCIIDigitForTests: Bool { self >= 0x30 && self <= 0x39 }
}
