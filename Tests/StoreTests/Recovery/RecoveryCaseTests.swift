import Simulation
import Testing

@testable import Store

/// The tables of recovery as a whole.
@Suite struct RecoveryCaseTests {
    @Test func `exactly one case matches each combination of facts`() {
        check(StationFileCase.self)
        check(CursorFileCase.self)
        check(JournalFileCase.self)
        check(JournalEndCase.self)
        check(SegmentCase.self)
        check(PlaceCase.self)
        check(ReplacementCase.self)
        check(RecordCase.self)
        check(LastSegmentCase.self)
    }

    private func check<Case: RecoveryCase>(_: Case.Type) {
        var matched: Set<Case> = []
        for facts in Facts<Case.Fact>.combinations {
            let matches = Case.allCases.filter { $0.row.matches(facts) }
            #expect(matches.count == 1, "\(facts.names) make \(matches)")
            #expect(matches.first == Case.matching(facts), "\(facts.names)")
            matched.formUnion(matches)
        }
        #expect(matched == Set(Case.allCases), "a case of \(Case.self) never matches")
    }

    @Test func `facts are those that were noted`() {
        var facts: Facts<RecordCase.Fact> = [.isRepeated: true, .followsGap: false]
        #expect(facts == [.isRepeated] && facts.names == ["isRepeated"])
        facts.note(.isRepeated, false)
        #expect(facts == [.isRepeated])
        facts.note(.followsGap, true)
        #expect(facts == [.isRepeated, .followsGap])
        #expect(Facts<RecordCase.Fact>.combinations == [[], [.isRepeated], [.followsGap], [.isRepeated, .followsGap]])
    }
}

/// Recovery of a directory in each case of the tables in DirectoryCases.swift, with and without space on the disk.
@Suite struct DirectoryCaseTests {
    private func recover(
        _ disk: MemoryDisk, hasSpace: Bool, epoch: String = "epoch1"
    ) throws(StoreError) -> Recovery.Outcome {
        try Fixture.recover(hasSpace ? disk : FaultyDisk(disk, faultAt: 0, .isFull), epoch: epoch)
    }

    private func severities(_ outcome: Recovery.Outcome, of path: String) -> [Finding.Severity] {
        outcome.findings.filter { $0.file == path }.map(\.severity)
    }

    // MARK: station.json

    private func disk(_ found: StationFileCase) throws -> MemoryDisk {
        if found == .newDirectory { return MemoryDisk() }
        let disk = try Fixture.disk(found == .damagedAlone ? [] : [3])
        switch found {
        case .newDirectory, .sound: break
        case .otherStation: disk.put(StorePath.stationFile, #"{"format": 1, "station_id": 8, "epoch": "epoch1"}"#)
        case .otherFormat: disk.put(StorePath.stationFile, #"{"format": 2, "station_id": 7, "epoch": "epoch1"}"#)
        case .damaged, .damagedAlone: disk.put(StorePath.stationFile, "{")
        case .missing: disk.delete(StorePath.stationFile)
        case .missingEpoch:
            disk.delete(StorePath.stationFile)
            disk.change(Fixture.firstSegment) { $0[20] ^= 1 }
        }
        return disk
    }

    @Test(arguments: StationFileCase.allCases, [true, false])
    func `station.json is treated as its case says`(found: StationFileCase, hasSpace: Bool) throws {
        let disk = try disk(found)
        let before = disk.text(StorePath.stationFile)
        let treatment = hasSpace ? found.treatment : found.treatmentWithoutSpace
        guard treatment != .refuse else {
            #expect(throws: StoreError.self) { try recover(disk, hasSpace: hasSpace, epoch: "new") }
            #expect(disk.text(StorePath.stationFile) == before)
            return
        }
        let outcome = try recover(disk, hasSpace: hasSpace, epoch: "new")
        #expect(outcome.isNew == (found == .newDirectory))
        #expect(severities(outcome, of: StorePath.stationFile) == (found.severity.map { [$0] } ?? []))
        let aside = disk.text("quarantine/station.json")
        switch treatment {
        case .use, .refuse:
            #expect(outcome.station.epoch == "epoch1")
            #expect(outcome.station.stationID == (found == .otherStation ? 8 : 7))
            #expect(disk.text(StorePath.stationFile) == before && aside == nil)
        case .write(let source):
            #expect(outcome.station == StationFile(stationID: 7, epoch: source == .journal ? "epoch1" : "new"))
            #expect(disk.bytes(StorePath.stationFile) == outcome.station.encoded)
            #expect(aside == before)
        case .goOn(let source):
            #expect(outcome.station == StationFile(stationID: 7, epoch: source == .journal ? "epoch1" : "new"))
            #expect(disk.text(StorePath.stationFile) == before && aside == nil)
        }
    }

    // MARK: Other files

    private func expect(
        _ treatment: FileTreatment, of path: String, _ before: [UInt8]?, on disk: MemoryDisk
    ) {
        let aside = disk.bytes("quarantine/" + path.split(separator: "/").joined(separator: "-"))
        switch treatment {
        case .use, .leave: #expect(disk.bytes(path) == before && aside == nil)
        case .remove: #expect(disk.bytes(path) == nil && aside == nil)
        case .moveAside: #expect(disk.bytes(path) == nil && aside == before)
        }
    }

    @Test(arguments: CursorFileCase.allCases, [true, false])
    func `a file in cursors is treated as its case says`(found: CursorFileCase, hasSpace: Bool) throws {
        let (name, text) =
            switch found {
            case .sound: ("uplink.json", "{\"sequence\": 9}")
            case .damaged: ("uplink.json", "{\"sequence\": -9}")
            case .leftover: ("uplink.json.tmp", "{\"sequence\": 9}")
            case .foreign: ("notes.txt", "{\"sequence\": 9}")
            }
        let disk = try Fixture.disk([3])
        disk.put("cursors/\(name)", text)
        let outcome = try recover(disk, hasSpace: hasSpace)
        expect(
            hasSpace ? found.treatment : found.treatmentWithoutSpace, of: "cursors/\(name)", Array(text.utf8), on: disk)
        #expect(severities(outcome, of: "cursors/\(name)") == (found.severity.map { [$0] } ?? []))
        #expect(outcome.journal.nextSequence == (found.treatment == .use ? 10 : 4))
    }

    @Test(arguments: JournalFileCase.allCases, [true, false])
    func `a file in journal that is no segment is treated as its case says`(
        found: JournalFileCase, hasSpace: Bool
    ) throws {
        let zeros = [UInt8](repeating: 0, count: 2048)
        let files: [(name: String, bytes: [UInt8])] =
            switch found {
            case .nextSegment: [("next", zeros)]
            case .spoiltNextSegment: [("next", zeros.dropLast() + [1]), ("next", zeros.dropLast())]
            case .leftover: [("next.tmp", zeros), ("rolled.tmp", zeros)]
            case .foreign: [("notes.txt", [1])]
            }
        for (name, bytes) in files {
            let disk = try Fixture.disk([3])
            disk.put("journal/\(name)", bytes)
            let outcome = try recover(disk, hasSpace: hasSpace)
            expect(
                hasSpace ? found.treatment : found.treatmentWithoutSpace, of: "journal/\(name)", bytes, on: disk)
            #expect(severities(outcome, of: "journal/\(name)") == (found.severity.map { [$0] } ?? []))
            #expect(outcome.journal.hasNextSegment == (found.treatment == .use))
        }
    }

    // MARK: The next number

    @Test(arguments: JournalEndCase.allCases, [true, false])
    func `the next record gets the number that its case says`(found: JournalEndCase, hasSpace: Bool) throws {
        let disk = try Fixture.disk([3])
        switch found {
        case .lastRecord: break
        case .usedNumbers:
            disk.put(StorePath.segment(first: 5), Fixture.segment(first: 4, calls: [Array(4...9)]))
        case .durableNumbers: try Cursors.write(disk, reader: Cursors.checkpointer, sequence: 9)
        }
        let outcome = try recover(disk, hasSpace: hasSpace)
        #expect(severities(outcome, of: StorePath.journal) == (found.severity.map { [$0] } ?? []))
        let stored = try Cursors.read(disk, reader: Cursors.recovery)
        switch hasSpace ? found.treatment : found.treatmentWithoutSpace {
        case .continueAfterLast: #expect(outcome.journal.nextSequence == 4 && stored == nil)
        case .continueAfterHighest: #expect(outcome.journal.nextSequence == 10 && stored == 9)
        case .continueUnstored: #expect(outcome.journal.nextSequence == 10 && stored == nil)
        }
    }
}
