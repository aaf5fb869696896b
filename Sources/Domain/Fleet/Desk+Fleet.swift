import Bytes
import JSON

/// The fleet of a central server: its members, and the commands for them.
extension Desk {
    /// Every member of the fleet by number, including those that were removed.
    public var fleetMembers: [FleetMember] {
        var all: [FleetMember] = []
        fleet.members.forEach { all.append($0) }
        return all
    }

    /// The member with this number, even if it was removed; nil if there never was one.
    public func fleetMember(_ id: Identifier) -> FleetMember? { fleet.members[id] }

    /// Decides what a request about the fleet leads to, as the other `decide` does for commands.
    ///
    /// - Parameter epoch: the data directory's, which becomes part of a new command's identity.
    public func decide(
        _ command: FleetAdministration, by caller: Caller, epoch: String, now: Timestamp
    ) throws(Refusal) -> Decision {
        let standing = try Standing(of: caller, at: self)
        try standing.mustBeAdmin()
        let change: FleetChange
        switch command {
        case .addStation(let id, let name, let digest):
            guard id > 0 else { throw .badRequest("A station's number must be 1 to \(FleetLimits.stationIDMax)") }
            if let station = fleet.members[id], !station.isRemoved {
                throw .conflict("Station \(id) is already in the fleet: use renew-token to give it a new token")
            }
            guard fleet.members.contains(id) || fleet.members.count < FleetLimits.stationCountMax else {
                throw .insufficientStorage("The fleet cannot have more stations")
            }
            change = .stationAdded(id, name: name, tokenDigest: digest)
        case .renewToken(let id, let digest):
            try fleet.mustHave(id)
            change = .tokenRenewed(id, tokenDigest: digest)
        case .removeStation(let id):
            try fleet.mustHave(id)
            change = .stationRemoved(id)
        case .cancel(let id, let number):
            let command = try fleetCommand(number, of: id)
            if let outcome = command.outcome {
                throw .conflict("Command \(number) is finished: \(outcome.status.rawValue)")
            }
            change = .commandCancelled(id, number)
        case .markClock(let id, let offset):
            guard let station = fleet.members[id], station.isClockNews(offsetSeconds: offset) else {
                return .unchanged
            }
            change = .clockMarked(id, offsetSeconds: offset, isWrong: !station.isClockWrong)
        case .queue(let id, let draft):
            return try decideQueueing(draft, for: id, by: caller, epoch: epoch, now: now)
        }
        return .event(event(.fleet(change), standing, now))
    }

    /// Decides what queueing a command for a member leads to.
    ///
    /// - Parameter epoch: the data directory's, which the command gets as part of its identity.
    public func decideQueueing(
        _ draft: FleetCommandDraft, for id: Identifier, by caller: Caller, epoch: String, now: Timestamp
    ) throws(Refusal) -> Decision {
        let standing = try Standing(of: caller, at: self)
        try standing.mustBeAdmin()
        if let first = try firstAnswer(to: draft.key, standing) { return .repeated(first) }
        try fleet.mustHave(id)
        let queued = FleetCommand(
            id: NotificationID(epoch: epoch, sequence: nextSequence).text, number: nextSequence, station: id,
            kind: draft.kind, data: draft.data, by: caller, at: now)
        try fleet.mustHaveRoom(for: queued)
        let event = event(.fleet(.commandQueued(queued)), standing, now)
        return .event(try draft.key.map { key throws(Refusal) in try self.event(event, with: key, standing) } ?? event)
    }

    /// Writes the member as GET /fleet shows it, except for what is only in memory.
    public func write(_ station: FleetMember, into object: inout JSONObject) {
        object["station_id"] = .integer(Int64(station.id))
        object.member("name", station.name)
        object.member("added_at", station.addedAt)
        object.member("removed_at", station.removedAt)
        object.member("epoch", station.epoch)
        object.member("accepted_through", sequence: station.acceptedThrough)
        object.member("clock_wrong", station.isClockWrong)
        object.member("clock_offset_seconds", station.clockOffsetSeconds)
        object["full"] = .bool(isFleetFull(for: station.id))
        object["missing"] = station.missingJSON
        object["not_understood"] = station.notUnderstoodJSON
        object.member("waiting_commands", Int64(fleetCommandsWaitingCount(for: station.id)))
        let tally = fleet.tickets[station.id]?.tally ?? Tally()
        object["tickets"] = [
            "open": .integer(Int64(tally.open)), "in_progress": .integer(Int64(tally.inProgress)),
            "closed": .integer(Int64(tally.closed)),
        ]
    }

    // MARK: Commands

    /// The commands that wait for the station with numbers above `number`, rising, as many as go into one answer.
    public func fleetCommands(waitingFor station: Identifier, after number: UInt64) -> ArraySlice<FleetCommand> {
        fleet.commands[station]?.waiting(after: number).prefix(FleetLimits.commandsPerAnswerMax) ?? []
    }

    /// The number of commands that wait for the station.
    public func fleetCommandsWaitingCount(for station: Identifier) -> Int {
        fleet.commands[station]?.waiting.count ?? 0
    }

    /// The commands for a station, newest first: those that wait, and the last finished ones. Throws `notFound` if
    /// there never was such a member.
    public func fleetCommands(of station: Identifier) throws(Refusal) -> [FleetCommand] {
        try fleet.mustKnow(station)
        guard let own = fleet.commands[station] else { return [] }
        return (own.waiting + own.finished).sorted { $0.number > $1.number }
    }

    /// A command for a station. Throws `notFound` if there never was such a command, or if it finished too long ago.
    public func fleetCommand(_ number: UInt64, of station: Identifier) throws(Refusal) -> FleetCommand {
        guard let command = try fleetCommands(of: station).first(where: { $0.number == number }) else {
            throw .notFound("Command not found")
        }
        return command
    }

    /// The commands that an event will finish, each with its outcome. Ask before the event is applied.
    public func fleetCommands(finishedBy event: Event) -> [FleetCommand] {
        guard case .fleet(let change) = event.change else { return [] }
        return fleet.commands[change.station]?.finished(by: event) ?? []
    }
}

/// A request to a central server about its fleet.
public enum FleetAdministration: Hashable, Sendable {
    /// Adds a member. The digest is the SHA-256 of its token, in hexadecimal.
    case addStation(Identifier, name: String?, tokenDigest: String)
    /// Gives a member a new token.
    case renewToken(Identifier, tokenDigest: String)
    /// Removes a member and cancels the commands that wait for it.
    case removeStation(Identifier)
    /// Cancels a waiting command, by its number.
    case cancel(Identifier, UInt64)
    /// Notes that a member's clock is this many seconds ahead; negative if it is behind.
    case markClock(Identifier, offsetSeconds: Int64)
    /// Queues a command for a member.
    case queue(Identifier, FleetCommandDraft)
}

extension FleetMember {
    /// A clock that is further off becomes wrong.
    static let clockOffsetSecondsMax: Int64 = 5

    /// A wrong clock becomes right again below this; between the two it stays what it was.
    static let clockRightSeconds: Int64 = 3

    /// Whether a clock that is this many seconds ahead, or behind if negative, is no longer what it was marked as.
    public func isClockNews(offsetSeconds: Int64) -> Bool {
        let distance = offsetSeconds.magnitude
        return isClockWrong ? distance < Self.clockRightSeconds : distance > Self.clockOffsetSecondsMax
    }
}
