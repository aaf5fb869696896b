/// What a central server knows of its fleet: a part of the desk's state like any other.
struct Fleet: Sendable {
    /// Every member, including those that were removed.
    var members = OrderedTable<FleetMember>()

    /// The commands for each member.
    var commands = OrderedTable<FleetCommands>()

    /// The tickets of each member.
    var tickets = FleetTickets()

    static let unknownStation = Refusal.notFound("Station not found")

    /// Throws `notFound` if there never was such a member.
    func mustKnow(_ member: Identifier) throws(Refusal) {
        guard members.contains(member) else { throw Self.unknownStation }
    }

    /// Throws `notFound` if there never was such a member, `conflict` if it was removed.
    func mustHave(_ id: Identifier) throws(Refusal) {
        guard let member = members[id] else { throw Self.unknownStation }
        guard !member.isRemoved else { throw .conflict("Station \(id) was removed from the fleet: add it again") }
    }

    /// Throws `tooMany` if no further command may wait for its station.
    func mustHaveRoom(for command: FleetCommand) throws(Refusal) {
        guard let own = commands[command.station] else { return }
        guard own.waiting.count < FleetLimits.waitingCommandsMax,
            own.waitingBytes + command.dataBytes <= FleetLimits.waitingCommandBytesMax
        else {
            throw .tooMany(
                "\(own.waiting.count) commands wait for station \(command.station), the most allowed: "
                    + "it must handle some of them first", retryAfterSeconds: 60)
        }
    }
}
