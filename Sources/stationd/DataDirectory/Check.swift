import Bytes
import Domain
import JSON
import Linux
import Platform
import Server
import Store

/// `stationd check DIR`: verifies a data directory and changes nothing. Prints a line for each finding and a summary.
struct Check {
    private let disk: LinuxDisk
    private(set) var outcome: StoreCheck.Outcome
    /// The store's findings, followed by those that only the domain can make: documents and records that are valid
    /// JSON but not valid tickets, users and so on.
    private(set) var findings: [Finding]
    /// The last event that each document includes, by path.
    private var lastEvents: [String: UInt64] = [:]

    /// Verifies the whole directory.
    init(directory: String) throws(CommandFailure) {
        disk = try LinuxDisk(dataDirectory: directory)
        do {
            let folders = DocumentFolder.all(among: try disk.list(""))
            outcome = try StoreCheck.run(disk, documents: folders.map(\.directory))
            findings = try disk.links().map {
                Finding(.damage, file: $0, problem: "is a symbolic link, which stationd does not follow")
            }
            findings += outcome.findings
            try checkMeaning(folders)
            findings += try CertificateCheck.findings(
                disk, BuildTLS.library, isInUse: outcome.isInUse, at: SystemClock.now().wall)
        } catch let error as StoreError {
            throw CommandFailure(error)
        } catch {
            throw CommandFailure(.inputOutput, "\(error)")
        }
    }

    /// `dataFault` if there are faults. A note is none: any crash leaves some behind.
    var code: ExitCode { findings.contains { $0.severity > .note } ? .dataFault : .success }

    /// A line for each finding, and the summary.
    var text: String {
        var text = findings.map { "\(PlainText.visible($0.description))\n" }.joined()
        if let station = outcome.station { text += "station \(station.stationID), epoch \(station.epoch): " }
        text += "\(Self.count(outcome.segmentCount, "segment")), \(Self.count(outcome.recordCount, "record"))"
        if let sequences = outcome.sequences { text += " (\(sequences.lowerBound) to \(sequences.upperBound))" }
        text += ", \(Self.count(outcome.documentCount, "document"))"
        if outcome.isInUse { text += "; in use by a running station" }
        let faults = findings.count { $0.severity > .note }
        return text + (faults == 0 ? "; no faults\n" : "; \(Self.count(faults, "fault"))\n")
    }

    private static func count(_ number: Int, _ thing: String) -> String {
        "\(number) \(thing)\(number == 1 ? "" : "s")"
    }

    // MARK: Checks that need the domain

    private mutating func checkMeaning(_ folders: [DocumentFolder]) throws {
        let cursor = try Cursors.read(disk, reader: Cursors.checkpointer) ?? 0
        for folder in folders {
            for name in try names(in: folder.name) { checkDocument(folder, name) }
        }
        guard let sequences = outcome.sequences else { return }
        var age = DocumentAge()
        let reader = try JournalReader(disk: disk, from: sequences.lowerBound, through: sequences.upperBound)
        while let record = try reader.next() {
            // The store has already reported records that are not JSON.
            guard let value = try? JSONParser.parse(record.json) else { continue }
            do throws(DocumentFault) {
                let event = try Event(record: value)
                if record.sequence <= cursor { age.note(event) } else { age.noteLater(event) }
                if case .unknown(let type) = event.change, type != StationEpoch.recordType {
                    findings.append(
                        Finding(.damage, file: "journal", problem: "record \(record.sequence): its type is \(type)"))
                }
            } catch {
                findings.append(Finding(.damage, file: "journal", problem: "record \(record.sequence): \(error)"))
            }
        }
        for (path, event) in age.stale({ lastEvents[$0.text] }) {
            findings.append(
                Finding(
                    .damage, file: path.text, problem: "missing, or older than event \(event), which it should include")
            )
        }
    }

    private func names(in directory: String) throws(DiskError) -> [String] {
        do {
            return try disk.list(directory).sorted()
        } catch {
            if error.number == .noSuchFile { return [] }
            throw error
        }
    }

    /// Reads a document as a starting station would. The store has already reported files that are no documents or not
    /// JSON.
    private mutating func checkDocument(_ folder: DocumentFolder, _ name: String) {
        let file = "\(folder.name)/\(name)"
        guard name.hasSuffix(".json"), let number = Decimal.parse(name.utf8.dropLast(5)),
            let id = Identifier(exactly: number),
            let bytes = try? disk.contents(of: file, countMax: DocumentFiles.bytesMax),
            let document = (try? JSONParser.parse(bytes))?.objectValue
        else { return }
        lastEvents[file] = document["sequence"]?.integerValue.flatMap { UInt64(exactly: $0) }
        do {
            let desk = Desk()
            try desk.restore(folder.path(id), document)
        } catch {
            findings.append(Finding(.damage, file: file, problem: error.description))
        }
    }
}
