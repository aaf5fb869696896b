import Bytes
import JSON

// fleet-commands/<station>.json: station_id, waiting [command], finished [command], sequence.

/// The commands for one member: those that wait, by rising number, and the last finished ones, in the order of their
/// ends.
struct FleetCommands: Hashable, DeskDocument, Numbered {
    let id: Identifier
    private(set) var waiting: [FleetCommand] = []
    private(set) var finished: [FleetCommand] = []
    private(set) var waitingBytes = 0
    private var finishedBytes = 0
    private(set) var documentSequence: UInt64 = 0

    init(_ reader: MemberReader, id: Identifier) throws(DocumentFault) {
        self.id = id
        guard try reader.fleetMember("station_id") == id else {
            throw reader.fault("station_id", "must be the number in the file's name")
        }
        for entry in try reader.readers("waiting") { waiting.append(try FleetCommand(document: entry, station: id)) }
        for entry in try reader.readers("finished") { finished.append(try FleetCommand(document: entry, station: id)) }
        guard waiting.rises(by: \.number) else { throw reader.fault("waiting", "must rise by number") }
        waitingBytes = waiting.reduce(0) { $0 + $1.dataBytes }
        finishedBytes = finished.reduce(0) { $0 + $1.bytes }
        documentSequence = try reader.sequence("sequence")
    }

    init?(madeBy event: Event, id: Identifier) {
        guard case .fleet(.commandQueued) = event.change else { return nil }
        self.id = id
        _ = fold(event)
    }

    var path: DocumentPath { DocumentPath(.fleetCommands, id) }

    static func appendPaths(touchedBy event: Event, to paths: inout [DocumentPath]) {
        guard case .fleet(let change) = event.change else { return }
        switch change {
        case .reported(let reported) where reported.outcome == nil && reported.progress == nil: break
        case .reported, .stationRemoved, .commandQueued, .commandCancelled:
            paths.append(DocumentPath(.fleetCommands, change.station))
        case .stationAdded, .tokenRenewed, .stationPurged, .clockMarked, .ticketsRemoved: break
        }
    }

    mutating func fold(_ event: Event) -> Bool {
        documentSequence = event.sequence
        if case .fleet(.commandQueued(let command)) = event.change {
            waiting.append(command)
            waitingBytes += command.dataBytes
        }
        for command in finished(by: event) { finish(command) }
        return true
    }

    /// The commands that an event finishes, each with its outcome.
    func finished(by event: Event) -> [FleetCommand] {
        guard case .fleet(let change) = event.change else { return [] }
        var outcomes: [FleetOutcome] = []
        switch change {
        case .stationRemoved: outcomes = waiting.map { FleetOutcome(id: $0.id, .cancelled) }
        case .commandCancelled(_, let number):
            outcomes = waiting.filter { $0.number == number }.map { FleetOutcome(id: $0.id, .cancelled) }
        case .reported(let reported):
            if let outcome = reported.outcome { outcomes = [outcome] }
            if let progress = reported.progress {
                outcomes = waiting.filter(progress.includes).map { FleetOutcome(id: $0.id, .unknown) }
            }
        default: break
        }
        return outcomes.compactMap { outcome in
            guard var command = unsettled(outcome.id) else { return nil }
            command.outcome = outcome
            command.finishedAt = event.at
            return command
        }
    }

    /// The command with this identity, unless the station itself has told its outcome.
    private func unsettled(_ id: String) -> FleetCommand? {
        if let place = place(ofWaiting: id) { return waiting[place] }
        return finished.first { $0.id == id && $0.outcome?.status.isStations == false }
    }

    /// The index of the waiting command with this identity.
    func place(ofWaiting id: String) -> Int? {
        guard let number = NotificationID(id)?.sequence else { return nil }
        let place = waiting.count(through: number, by: \.number) - 1
        return place >= 0 && waiting[place].id == id ? place : nil
    }

    /// The waiting commands with numbers above `number`.
    func waiting(after number: UInt64) -> ArraySlice<FleetCommand> {
        waiting[waiting.count(through: number, by: \.number)...]
    }

    private mutating func finish(_ command: FleetCommand) {
        if let place = place(ofWaiting: command.id) {
            waitingBytes -= waiting.remove(at: place).dataBytes
        } else if let place = finished.firstIndex(where: { $0.id == command.id }) {
            finishedBytes -= finished.remove(at: place).bytes
        }
        finished.append(command)
        finishedBytes += command.bytes
        while finished.count > FleetLimits.finishedCommandsMax || finishedBytes > FleetLimits.finishedCommandBytesMax {
            finishedBytes -= finished.removeFirst().bytes
        }
    }

    func write(into object: inout JSONObject) {
        object["station_id"] = .integer(Int64(id))
        object["waiting"] = .array(waiting.map { .object($0.document) })
        object["finished"] = .array(finished.map { .object($0.document) })
    }
}
