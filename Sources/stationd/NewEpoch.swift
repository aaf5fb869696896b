import Linux
import Server
import Store

/// `stationd new-epoch DIR`: a data directory that was restored from a backup gets a new epoch.
struct NewEpoch {
    let directory: String

    func run() throws(CommandFailure) -> ExitCode {
        let path = try Owner.become(ofDirectory: directory)
        let disk = try LinuxDisk(dataDirectory: path)
        // An empty directory would get a first epoch, and nobody restored anything.
        guard let names = try? disk.list(""), names.contains(StorePath.stationFile) || names.contains(StorePath.journal)
        else { throw CommandFailure(.missingInput, "\(directory) is no data directory of a station") }
        let outcome: StationEpoch.Outcome
        do {
            outcome = try StationEpoch.renew(disk, epoch: Random.hex(bytes: 8), now: SystemClock.now().wall)
        } catch {
            throw CommandFailure(error)
        }
        let findings = outcome.findings.map { "\(PlainText.visible($0.description))\n" }.joined()
        let text = """
            brought \(outcome.documentCount) document(s) up to date
            the epoch \(outcome.oldEpoch) ends; \(outcome.newEpoch) begins with record \(outcome.first)

            """
        return StandardStreams.write(findings + text) ? .success : .inputOutput
    }
}
