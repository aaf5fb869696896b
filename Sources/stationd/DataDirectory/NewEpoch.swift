import Linux
import Server
import Store

/// `stationd new-epoch DIR`: gives a data directory that was restored from a backup a new epoch.
struct NewEpoch: Equatable {
    let directory: String
    /// `--config`, whose `station.id` overrides the one in the directory.
    var configuration: String?
    /// `--station`, which overrides both.
    var station: Int64?
    /// `--accept-loss`.
    var acceptsLoss = false

    /// Renews the epoch and prints what was done.
    func run() throws(CommandFailure) -> ExitCode {
        let path = try Owner.become(ofDirectory: directory)
        let disk = try LinuxDisk(dataDirectory: path)
        // An empty directory would get its first epoch, although nothing was restored there.
        guard let names = try? disk.list(""), names.contains(StorePath.stationFile) || names.contains(StorePath.journal)
        else { throw CommandFailure(.missingInput, "\(directory) is not the data directory of a station") }
        let configuration = try configuration(disk)
        let outcome: StationEpoch.Outcome
        do {
            outcome = try StationEpoch.renew(
                disk, configuration, epoch: Random.hex(bytes: 8), acceptsLoss: acceptsLoss,
                now: SystemClock.now().wall)
        } catch {
            throw CommandFailure(error)
        }
        let findings = outcome.findings.map { "\(PlainText.visible($0.description))\n" }.joined()
        let text = """
            brought \(outcome.documentCount) document(s) up to date
            ended epoch \(outcome.oldEpoch); epoch \(outcome.newEpoch) begins with record \(outcome.first)

            """
        return StandardStreams.write(findings + text) ? .success : .inputOutput
    }

    /// The configuration as far as it is known here, with the `station.id` of the directory's station.
    private func configuration(_ disk: LinuxDisk) throws(CommandFailure) -> Configuration {
        var known = Configuration()
        if let configuration { known = try Configuration.load(at: Place(configuration: configuration)) }
        if let station { known.stationID = station }
        guard configuration == nil, station == nil else { return known }
        let file: StationFile?
        do {
            file = try StationFile.read(disk)
        } catch {
            throw CommandFailure(error)
        }
        guard let file else {
            throw CommandFailure(
                .dataFault,
                "\(directory)/\(StorePath.stationFile) is missing or damaged: name the directory's station with "
                    + "--config FILE or --station ID")
        }
        known.stationID = file.stationID
        return known
    }
}
