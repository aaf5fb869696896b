import Bytes
import Domain
import JSON
import Store

// A data directory: files with U+001E between them, each a path, LF and the content. In files of the journal the check
// value replaces `=` at the start of a line, so that the fuzzer need not guess it. If the path ends with an extra `0`,
// zeros follow the last line, as in a segment that was allocated in advance.

extension FuzzMachine {
    static let journal = FuzzMachine(
        "journal", bytesMax: 1500,
        words: [
            "= {\"seq\":2,", "=+{\"seq\":3,", "= {\"journal\":1,\"epoch\":\"e\",\"first\":1}\n", "\n", "\u{0}\u{0}",
            "  \n", "\u{1E}journal/00000000000000000003.log\n",
            "\u{1E}cursors/checkpointer.json\n{\"sequence\":9}",
            "\u{1E}station.json\n{\"format\":1,\"station_id\":7,\"epoch\":\"e\"}",
            "\u{1E}cursors/recovery.json\n", "9223372036854775807", "\u{1E}journal/next\n", "\u{1E}tickets/1.json\n",
            "\"sequence\":", "\"support_id\":1",
        ],
        seeds: { journalSeeds() },
        body: { bytes in
            let disk = directory(bytes)
            _ = try? StoreCheck.run(disk, documents: DocumentFolder.all(among: []).map(\.directory))
            guard let first = recover(disk), let sequences = sequences(of: first) else { return }
            let next = first.journal.nextSequence
            expect(zip(sequences, sequences.dropFirst()).allSatisfy { $0 < $1 }, "sequence numbers rise")
            expect((sequences.last ?? 0) < next, "the next number is a new one")
            expect(
                sequences.count == first.recordCount,
                "recovery counts the records: \(sequences) \(first.recordCount)")
            disk.endProcess()
            guard let second = recover(disk) else { return expect(false, "a recovered directory can be opened again") }
            expect(FuzzMachine.sequences(of: second) == sequences, "a second recovery finds the same records")
            expect(second.journal.nextSequence == next, "a second recovery goes on with the same number")
            append(to: second.journal, after: sequences)
            disk.endProcess()
            restoreDocuments(disk)
        })

    private static func append(to journal: Journal, after sequences: [UInt64]) {
        let next = journal.nextSequence
        guard next < UInt64(Int64.max) else {
            return expect(
                journal.hasNumbers == journal.canAppend(bytes: 10), "nothing is appended after the last number")
        }
        for sequence in [next, next + 1] {
            _ = try? journal.append([UInt8]("{\"seq\":\(sequence),\"x\":1}"))
        }
        do throws(StoreError) {
            try journal.commit()
            let found = try journal.records(from: 1, countMax: .max, bytesMax: .max).map(\.sequence)
            expect(found == sequences + [next, next + 1], "appended records can be read: \(found) after \(sequences)")
        } catch {
            expect(false, "a record can be appended: \(error)")
        }
    }

    private static func recover(_ disk: FuzzDisk) -> Recovery.Outcome? {
        let limits = JournalLimits(segmentBytes: 2048, recordBytesMax: 1024)
        do throws(StoreError) {
            return try Recovery.run(disk, Recovery.Options(stationID: 7, newEpoch: "new", limits: limits))
        } catch {
            if case .unknownFormat = error { return nil }
            expect(false, "any data directory can be opened: \(error)")
            return nil
        }
    }

    private static func sequences(of outcome: Recovery.Outcome) -> [UInt64]? {
        do throws(StoreError) {
            return try outcome.journal.records(from: 0, countMax: .max, bytesMax: .max).map(\.sequence)
        } catch {
            expect(false, "the journal can be read: \(error)")
            return nil
        }
    }

    /// Reads the documents as a start does, and runs the checkpointer.
    private static func restoreDocuments(_ disk: FuzzDisk) {
        let desk = Desk()
        for folder in DocumentFolder.all(among: (try? disk.list("")) ?? []) {
            _ = try? DocumentFiles.readAll(disk, folder.directory) { document in
                guard let id = Identifier(exactly: document.id) else { return }
                try? desk.restore(folder.path(id), document.content)
            }
        }
        _ = try? Checkpoint.run(disk, through: 20) { (record, sequence, documents) throws(StoreError) in
            _ = try Projection.fold(record, into: &documents)
        }
        DeskChecks.ask(desk)
    }

    // MARK: - Directories

    static func directory(_ bytes: [UInt8]) -> FuzzDisk {
        let disk = FuzzDisk()
        for file in bytes.split(separator: 0x1E).prefix(8) {
            var input = FuzzInput(Array(file))
            var path = String(decoding: input.part(endingWith: 0x0A), as: UTF8.self)
            // A file name is not empty and has no slash and no NUL.
            let parts = path.split(separator: "/", omittingEmptySubsequences: false)
            guard parts.count <= 2, parts.allSatisfy({ !$0.isEmpty && !$0.utf8.contains(0) }),
                parts[0] != "journal" || parts.count == 2
            else { continue }
            var content = input.rest()
            if path.hasPrefix("journal/") {
                content = checked(content)
                if path.hasSuffix("0") {
                    path.removeLast()
                    content += [UInt8](repeating: 0, count: max(0, 2048 - content.count))
                }
            }
            disk.put(path, content)
        }
        return disk
    }

    private static func checked(_ lines: [UInt8]) -> [UInt8] {
        var content: [UInt8] = []
        for line in lines.split(separator: 0x0A, omittingEmptySubsequences: false) {
            if !content.isEmpty || line.startIndex > 0 { content.append(0x0A) }
            if line.first == 0x3D {
                content.append(hex: CRC32C.checksum(Array(line.dropFirst())))
                content += line.dropFirst()
            } else {
                content += line
            }
        }
        return content
    }

    private static func journalSeeds() -> [[UInt8]] {
        func segment(_ first: Int, _ records: ClosedRange<Int>, epoch: String = "e", mark: String = " ") -> String {
            let header = "= {\"journal\":1,\"epoch\":\"\(epoch)\",\"first\":\(first)}\n"
            return header + records.map { "=\(mark){\"seq\":\($0),\"x\":\($0)}\n" }.joined()
        }
        let one = "journal/00000000000000000001.log\n"
        let four = "\u{1E}journal/00000000000000000004.log\n"
        let station = "\u{1E}station.json\n{\"format\":1,\"station_id\":7,\"epoch\":\"e\"}"
        let ticket = DeskScene.documents.first { $0.path.kind == .tickets }
        let document = ticket.map { "\u{1E}\($0.path.text)\n\($0.content.description)" } ?? ""
        let records = DeskScene.furnished.records.map { "= \(String(decoding: $0, as: UTF8.self))\n" }.joined()
        return [
            one + segment(1, 1...3) + station, one + segment(1, 1...3) + four + segment(4, 4...5) + station,
            "journal/00000000000000000001.log0\n" + segment(1, 1...3, mark: "+") + "= {\"seq\":4,torn",
            one + segment(1, 1...2) + "garbage\n" + "= {\"seq\":3,\"x\":1}\n" + station,
            one + segment(1, 1...2, epoch: "other") + station,
            one + "garbage" + four + segment(4, 4...4) + "\u{1E}cursors/checkpointer.json\n{\"sequence\":9}",
            one + segment(1, 9_223_372_036_854_775_806...9_223_372_036_854_775_807) + station,
            one + "= {\"seq\":2,\"a\":1}\n= {\"seq\":2,\"a\":1}\n= {\"seq\":9,\"a\":1}\n",
            one + segment(1, 1...3) + four + segment(4, 2...3) + station,
            one + "   \n" + segment(1, 1...1) + "\u{0}\u{0}= {\"seq\":2,\"x\":1}\n", one,
            one + "= {\"journal\":1,\"epoch\":\"e\",\"first\":1}\n" + records.prefix(700),
            one + segment(1, 1...1) + document + "\u{1E}tickets/x.json\n{}\u{1E}tickets/2.json.tmp\n" + station,
            "station.json\n{\"format\":2}", "station.json\n{",
            "cursors/checkpointer.json\n{\"sequence\":9223372036854775807}" + "\u{1E}" + one + segment(1, 1...2),
            "\u{1E}journal/next\n\u{0}\u{1E}journal/x\n",
            "cursors/recovery.json\n{\"sequence\":7}\u{1E}cursors/a.json.tmp\n" + "\u{1E}" + one + segment(1, 1...2)
                + station,
        ].map { [UInt8]($0) }
    }
}
