import Bytes
import JSON

/// Queries for swap stations, and commands that change them.
extension Desk {
    /// The number of swap stations.
    public var stationCount: Int { stations.count }

    /// Every swap station, by number. Throws `unauthorized` if the caller is a user who does not exist or is not
    /// active.
    public func stations(for caller: Caller) throws(Refusal) -> [SwapStation] {
        _ = try Standing(of: caller, at: self)
        var all: [SwapStation] = []
        stations.forEach { all.append($0) }
        return all
    }

    /// Swap stations by number, from `start` on: at most `countMax`. Throws as `stations(for:)` does.
    public func stations(
        from start: Identifier, countMax: Int, for caller: Caller
    ) throws(Refusal) -> [SwapStation] {
        _ = try Standing(of: caller, at: self)
        var page: [SwapStation] = []
        stations.ascending(from: start) { station in
            page.append(station)
            return page.count < countMax
        }
        return page
    }

    /// A swap station. Throws `notFound` if there is no such station, `unauthorized` if the caller is a user who does
    /// not exist or is not active.
    public func station(_ id: Identifier, for caller: Caller) throws(Refusal) -> SwapStation {
        _ = try Standing(of: caller, at: self)
        guard let station = stations[id] else { throw .notFound("Station not found") }
        return station
    }

    // MARK: Commands

    func createStation(
        _ draft: SwapStationDraft, _ number: Identifier?, _ standing: Standing, _ now: Timestamp
    ) throws(Refusal) -> Event {
        try standing.mustBeAdmin()
        guard stations.count < DeskLimits.stationCountMax, counters.nextStation <= DeskLimits.identifierMax else {
            throw .insufficientStorage("The desk cannot hold more stations")
        }
        if let number {
            guard (1...DeskLimits.identifierMax).contains(number) else {
                throw .invalid(["station_id must be a number from 1 to \(DeskLimits.identifierMax)"])
            }
            guard !stations.contains(number) else { throw .conflict("Station \(number) already exists") }
        }
        let station = SwapStation(
            id: number ?? counters.nextStation, name: draft.name, address: draft.address, latitude: draft.latitude,
            longitude: draft.longitude, status: draft.status, sequence: nextSequence)
        return event(.stationCreated(station), standing, now)
    }

    func updateStation(
        _ id: Identifier, _ patch: StationPatch, _ standing: Standing, _ now: Timestamp
    ) throws(Refusal) -> Decision {
        try standing.mustBeAdmin()
        guard let station = stations[id] else { throw .notFound("Station not found") }
        var next = station
        next.name = patch.name.applied(to: station.name)
        next.address = patch.address.applied(to: station.address)
        next.latitude = patch.latitude.applied(to: station.latitude)
        next.longitude = patch.longitude.applied(to: station.longitude)
        next.status = patch.status.applied(to: station.status)
        let changes = next.changes(since: station)
        guard !changes.isEmpty else { return .unchanged }
        next.sequence = nextSequence
        return .event(event(.stationUpdated(next, changes: changes), standing, now))
    }
}

extension SwapStation {
    fileprivate func changes(since earlier: SwapStation) -> [FieldChange] {
        var changes: [FieldChange] = []
        changes.noteText(.name, from: earlier.name, to: name)
        changes.noteText(.address, from: earlier.address, to: address)
        changes.note(.latitude, from: FieldValue(earlier.latitude), to: FieldValue(latitude))
        changes.note(.longitude, from: FieldValue(earlier.longitude), to: FieldValue(longitude))
        changes.noteText(.status, from: earlier.status.rawValue, to: status.rawValue)
        return changes
    }
}

extension SwapStation {
    /// Writes the station as a JSON object.
    public func write(into writer: inout JSONWriter) {
        writer.beginObject()
        writeMembers(into: &writer)
        writer.endObject()
    }
}
