import Bytes
import JSON

// fleet-commands/<station>.json: station_id, waiting [command], finished [command], sequence.

/// The commands of one station: all that wait, and the last that are finished, each by rising number.
struct FleetCommands: Hashable, Document, Numbered {
    let id: Identifier
    private(set) var waiting: [FleetCommand] = []
    private(set) var finished: [FleetCommand] = []
    private(set) var waitingBytes = 0
    private var finishedBytes = 0
    private(set) var documentSequence: UInt64 = 0

    init(_ reader: MemberReader, id: Identifier) throws(DocumentFault) {
        self.id = id
        guard try reader.fleetStation("station_id") == id else {
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
        _ = take(event)
    }

    mutating func take(_ event: Event) -> Bool {
        documentSequence = event.sequence
        switch event.change {
        case .fleet(.commandQueued(let command)):
            waiting.append(command)
            waitingBytes += command.dataBytes
        case .fleet(.reported(let reported)):
            if let outcome = reported.outcome { finish(outcome, at: event.at) }
        default: break
        }
        return true
    }

    /// What waits with this identity.
    func place(ofWaiting id: String) -> Int? {
        guard let number = NotificationID(id)?.sequence else { return nil }
        let place = waiting.count(through: number, by: \.number) - 1
        return place >= 0 && waiting[place].id == id ? place : nil
    }

    /// Those that wait with a number above `number`.
    func waiting(after number: UInt64) -> ArraySlice<FleetCommand> {
        waiting[waiting.count(through: number, by: \.number)...]
    }

    private mutating func finish(_ outcome: FleetOutcome, at: Timestamp) {
        guard let place = place(ofWaiting: outcome.id) else { return }
        var command = waiting.remove(at: place)
        waitingBytes -= command.dataBytes
        command.outcome = outcome
        command.finishedAt = at
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
