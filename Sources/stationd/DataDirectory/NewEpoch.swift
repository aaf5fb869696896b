import Linux
import Server
import Store

/// `stationd new-epoch DIR`: a data directory that was restored from a backup gets a new epoch.
struct NewEpoch: Equatable {
    let directory: String
    /// `--config`, from which the station's number is taken; it goes before what the directory says.
    var configuration: String?
    /// `--station`, which goes before both.
    var station: Int64?

    func run() throws(CommandFailure) -> ExitCode {
        let path = try Owner.become(ofDirectory: directory)
        let disk = try LinuxDisk(dataDirectory: path)
        // An empty directory would get a first epoch, and nobody restored anything.
        guard let names = try? disk.list(""), names.contains(StorePath.stationFile) || names.contains(StorePath.journal)
        else { throw CommandFailure(.missingInput, "\(directory) is no data directory of a station") }
        let configuration = try configuration(disk)
        let outcome: StationEpoch.Outcome
        do {
            outcome = try StationEpoch.renew(
                disk, configuration, epoch: Random.hex(bytes: 8), now: SystemClock.now().wall)
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

    /// The configuration as far as it is known here, with the number of the station whose directory it is.
    private func configuration(_ disk: LinuxDisk) throws(CommandFailure) -> Configuration {
        var known = Configuration()
        if let configuration { known = try Configuration.load(Place(configuration: configuration)) }
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
                "\(directory)/\(StorePath.stationFile) is missing or damaged: say whose directory it is with "
                    + "--config FILE or --station ID")
        }
        known.stationID = file.stationID
        return known
    }
}
