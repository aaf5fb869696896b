import JSON

// uplink/1.json: shipped_through, commands_through, commands_epoch, recent_commands [ids], sequence.

/// What the station knows of its traffic with the central server, one document.
///
/// The uplink's cursor is an event like the cursors of users: it costs no synchronization of its own, and it belongs to
/// this epoch as all of the journal does.
public struct UplinkState: Hashable, Sendable, Document {
    /// So many ids of commands are remembered, the last ones: as many as a central server lets wait for a station, which
    /// may all come again from one that was restored from a backup.
    static let recentCommandsMax = FleetLimits.waitingCommandsMax

    /// The central server has stored all events up to this sequence; 0 at first.
    public private(set) var shippedThrough: UInt64 = 0

    /// The number of the last command that was dealt with, and what gives it its meaning; nil before the first.
    public private(set) var lastCommand: (number: UInt64, epoch: String)? {
        get { commandsEpoch.map { (commandsThrough, $0) } }
        set {
            commandsThrough = newValue?.number ?? 0
            commandsEpoch = newValue?.epoch
        }
    }

    private var commandsThrough: UInt64 = 0
    private var commandsEpoch: String?
    private var recentCommands: [String] = []
    var documentSequence: UInt64 = 0

    init() {}

    init(_ reader: MemberReader, id: Identifier) throws(DocumentFault) {
        shippedThrough = try reader.sequence("shipped_through")
        commandsThrough = try reader.sequence("commands_through")
        commandsEpoch = try reader.optionalString("commands_epoch")
        for element in try reader.elements("recent_commands") {
            guard let id = element.stringValue else {
                throw reader.fault("recent_commands", "must be an array of strings")
            }
            recentCommands.append(id)
        }
        documentSequence = try reader.sequence("sequence")
    }

    init?(madeBy event: Event, id: Identifier) {
        self.init()
        _ = take(event)
    }

    /// Whether a command was dealt with, as far as that is remembered.
    func has(_ command: CommandReference) -> Bool { recentCommands.contains(command.id) }

    mutating func take(_ event: Event) -> Bool {
        documentSequence = event.sequence
        if case .uplinkShipped(let through) = event.change { shippedThrough = through }
        if let command = event.command {
            recentCommands.append(command.id)
            if recentCommands.count > Self.recentCommandsMax { recentCommands.removeFirst() }
            lastCommand = (command.number, command.epoch)
        }
        return true
    }

    func write(into object: inout JSONObject) {
        object.member("shipped_through", sequence: shippedThrough)
        object.member("commands_through", sequence: commandsThrough)
        object.member("commands_epoch", commandsEpoch)
        object["recent_commands"] = .array(recentCommands.map(JSONValue.string))
    }
}
