import JSON
import Store

/// How far a station has come with the commands of a central server: it has dealt with all up to a number.
struct FleetProgress: Hashable {
    /// The central server's, in which the number has its meaning.
    let epoch: String
    let number: UInt64

    /// Reads `{epoch, number}`; nil where it is nothing of the kind.
    init?(_ value: JSONValue?) {
        guard let epoch = value?["epoch"]?.stringValue, StationFile.isValid(epoch: epoch),
            let number = value?["number"]?.integerValue.flatMap({ UInt64(exactly: $0) })
        else { return nil }
        (self.epoch, self.number) = (epoch, number)
    }

    var json: JSONObject { ["number": JSONValue(number), "epoch": .string(epoch)] }

    func includes(_ command: FleetCommand) -> Bool {
        command.number <= number && NotificationID(command.id)?.epoch == epoch
    }
}
