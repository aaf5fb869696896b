import JSON

// uplink/1.json: shipped_through, remote, commands_through, commands_epoch, former_commands [{epoch, number}],
// recent_commands [{id, number, sequence}], sequence.

/// What the station knows of its traffic with the central server, in one document.
///
/// The uplink's cursor is moved by events, like the cursors of users: so it costs no sync of its own, and it belongs to
/// this epoch as the whole journal does.
public struct UplinkState: Hashable, Sendable, DeskDocument {
    /// The number of the last commands whose ids are remembered. A central server that was restored from a backup may
    /// send every waiting command again, so this is as many as may wait for a station.
    static let recentCommandsMax = FleetLimits.waitingCommandsMax

    /// The number of earlier epochs whose last command is remembered. A central server gets a new one when it is
    /// restored from a backup.
    static let formerEpochsMax = 1_000

    /// The central server has stored all events up to this sequence; 0 at first.
    public private(set) var shippedThrough: UInt64 = 0

    /// A name that changes if the other side's memory is replaced by another; nil if there is no such name.
    public private(set) var remote: String?

    /// The number of the last command handled, and what gives the number its meaning; nil before the first.
    public private(set) var lastCommand: (number: UInt64, epoch: String)? {
        get { commandsEpoch.map { (commandsThrough, $0) } }
        set {
            commandsThrough = newValue?.number ?? 0
            commandsEpoch = newValue?.epoch
        }
    }

    private var commandsThrough: UInt64 = 0
    private var commandsEpoch: String?
    /// The last command of each earlier epoch, oldest epoch first. Only a command that is known to be the central
    /// server's gets here, so nobody else can fill it.
    private var formerCommands: [Former] = []
    private var recentCommands: [Recent] = []
    var documentSequence: UInt64 = 0

    /// An epoch that was followed by another one, and the number of its last command.
    private struct Former: Hashable {
        let epoch: String
        let number: UInt64
    }

    /// A command that was handled, and the event that was its outcome.
    private struct Recent: Hashable {
        let id: String
        let number: UInt64
        let sequence: UInt64
    }

    init() {}

    init(_ reader: MemberReader, id: Identifier) throws(DocumentFault) {
        shippedThrough = try reader.sequence("shipped_through")
        commandsThrough = try reader.sequence("commands_through")
        commandsEpoch = try reader.optionalString("commands_epoch")
        remote = try reader.optionalString("remote")
        for entry in try reader.readers("former_commands") {
            formerCommands.append(Former(epoch: try entry.string("epoch"), number: try entry.sequence("number")))
        }
        for entry in try reader.readers("recent_commands") {
            recentCommands.append(
                Recent(
                    id: try entry.string("id"), number: try entry.sequence("number"),
                    sequence: try entry.sequence("sequence")))
        }
        documentSequence = try reader.sequence("sequence")
    }

    init?(madeBy event: Event, id: Identifier) {
        self.init()
        _ = fold(event)
    }

    private static let onlyPath = DocumentPath(.uplink, 1)

    var path: DocumentPath { Self.onlyPath }

    static func appendPaths(touchedBy event: Event, to paths: inout [DocumentPath]) {
        if case .uplinkShipped = event.change {
            paths.append(onlyPath)
        } else if event.command != nil {
            paths.append(onlyPath)
        }
    }

    /// Whether a command was handled before, as far as that is remembered.
    ///
    /// Commands are numbered in the order in which they are given, so one that does not come after the last is known.
    func has(_ command: CommandReference) -> Bool {
        if let last = lastCommand, !last.epoch.isEmpty, last.epoch == command.epoch, command.number <= last.number {
            return true
        }
        if formerCommands.contains(where: { $0.epoch == command.epoch && command.number <= $0.number }) { return true }
        return recentCommands.contains { $0.id == command.id }
    }

    /// The last command whose outcome is an event up to `sequence`; nil if there is none, as far as is remembered.
    public func lastCommand(through sequence: UInt64) -> (number: UInt64, epoch: String)? {
        guard let commandsEpoch, let last = recentCommands.last(where: { $0.sequence <= sequence }) else { return nil }
        return (last.number, commandsEpoch)
    }

    mutating func fold(_ event: Event) -> Bool {
        documentSequence = event.sequence
        if case .uplinkShipped(let through, let remote) = event.change {
            (shippedThrough, self.remote) = (through, remote)
        }
        if let command = event.command {
            // Numbers of another epoch cannot be compared with those of this one.
            if command.epoch != commandsEpoch {
                recentCommands = recentCommands.map { Recent(id: $0.id, number: 0, sequence: $0.sequence) }
                endEpoch()
            }
            recentCommands.append(Recent(id: command.id, number: command.number, sequence: event.sequence))
            if recentCommands.count > Self.recentCommandsMax { recentCommands.removeFirst() }
            lastCommand = (command.number, command.epoch)
        }
        return true
    }

    /// Keeps the number of the last command of the epoch that another one follows.
    private mutating func endEpoch() {
        guard let epoch = commandsEpoch, !epoch.isEmpty else { return }
        formerCommands.removeAll { $0.epoch == epoch }
        formerCommands.append(Former(epoch: epoch, number: commandsThrough))
        if formerCommands.count > Self.formerEpochsMax { formerCommands.removeFirst() }
    }

    func write(into object: inout JSONObject) {
        object.member("shipped_through", sequence: shippedThrough)
        object.member("commands_through", sequence: commandsThrough)
        object.member("commands_epoch", commandsEpoch)
        object.member("remote", remote)
        object["former_commands"] = .array(
            formerCommands.map { ["epoch": .string($0.epoch), "number": .integer(Int64(clamping: $0.number))] })
        object["recent_commands"] = .array(
            recentCommands.map { command in
                var entry = JSONObject()
                entry.member("id", command.id)
                entry.member("number", sequence: command.number)
                entry.member("sequence", sequence: command.sequence)
                return .object(entry)
            })
    }
}
