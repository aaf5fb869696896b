import Bytes
import JSON

/// Why a batch of a station's events was not taken, in whole.
public enum FleetBatchFault: Error, Hashable, Sendable {
    /// One sentence that names the event by its index, and the member.
    case malformed(String)
    /// The first new event does not follow on what is here: this is the number from which on events are missing.
    case gap(expected: UInt64)
    /// The station's tickets take as much memory as they may.
    case full(String)
}

/// The events of one batch that are new, in their order.
public struct FleetBatch: Sendable {
    /// With its place in the batch.
    public let events: [(index: Int, event: FleetEvent)]
    public let duplicateCount: Int
}

/// Taking in what stations report.
extension Desk {
    /// Reads a batch of `station`, an array of CloudEvents, and says what of it is new. Changes nothing.
    public func batch(_ elements: [JSONValue], of station: FleetMember) throws(FleetBatchFault) -> FleetBatch {
        var fresh: [(index: Int, event: FleetEvent)] = []
        var place = FleetPlace(epoch: station.epoch, sequence: station.acceptedThrough)
        var duplicateCount = 0
        var batchEpoch: String?
        var last: UInt64 = 0
        var hasEndOfPass = false
        for (index, element) in elements.enumerated() {
            let event: FleetEvent
            do throws(DocumentFault) {
                event = try FleetEvent(element, station: station.id)
            } catch {
                let member = error.member.isEmpty ? "" : "\(error.member) "
                throw .malformed("events[\(index)]: \(member)\(error.expectation)")
            }
            guard event.epoch == batchEpoch ?? event.epoch else {
                throw .malformed("events[\(index)]: id must be of the same epoch as those before")
            }
            batchEpoch = event.epoch
            // Each goes through all tickets of the station, within the turn.
            guard !(event.endsPass && hasEndOfPass) else {
                throw .malformed("events[\(index)]: a batch may have one \(event.type)")
            }
            hasEndOfPass = hasEndOfPass || event.endsPass
            if !event.isSnapshot {
                guard event.sequence > last else {
                    throw .malformed("events[\(index)]: sequence must be above those before")
                }
                last = event.sequence
            }
            switch place.judge(event) {
            case .new: fresh.append((index, event))
            case .duplicate: duplicateCount += 1
            case .gap(let expected): throw .gap(expected: expected)
            }
        }
        return FleetBatch(events: fresh, duplicateCount: duplicateCount)
    }

    /// Throws `full` where a new event adds to tickets that take as much memory as they may. What takes from them
    /// always has room, and changes of tickets that are there have it for a while longer than new tickets and comments:
    /// what is open can be closed.
    ///
    /// - Parameter bytesMax: how much all tickets of a station may take.
    public func mustHaveRoom(
        for event: FleetEvent, now: Timestamp, bytesMax: Int = FleetLimits.ticketBytesPerStationMax
    ) throws(FleetBatchFault) {
        guard let id = event.ticket, let table = fleet.tickets[event.station], table.bytes > bytesMax else { return }
        let growth = table.growth(by: fleetEvent(.reported(event), now: now), at: id)
        guard growth > 0 else { return }
        let isChange = table[id] != nil && !event.isComment
        guard isChange, table.bytes + growth <= bytesMax + bytesMax / FleetLimits.ticketBytesForChangesDivisor else {
            throw .full(
                "The tickets of station \(event.station) take \(bytesMax >> 20) MiB here, as much as they may, and "
                    + "nothing that adds to them is taken: delete some at the station, run stationd new-epoch there, "
                    + "and stationd central remove-station \(event.station) --purge and add-station here")
        }
    }

    /// Whether nothing that adds to the tickets of a station is taken any more.
    public func isFleetFull(for station: Identifier, bytesMax: Int = FleetLimits.ticketBytesPerStationMax) -> Bool {
        fleet.tickets[station].map { $0.bytes > bytesMax } ?? false
    }

    /// The changes that a new event leads to, in this order, the event itself last. Each must be applied before the
    /// next event is asked for.
    public func fleetChanges(for event: FleetEvent) -> [FleetChange] {
        let station = event.station
        guard let table = fleet.tickets[station] else { return [.reported(event)] }
        var gone: [Identifier] = []
        switch event.content {
        case .missing(let span):
            table.rows.ascending {
                if $0.isGone(after: span.mark, of: event.epoch) { gone.append($0.id) }
                return true
            }
        default:
            // A history that begins with nothing before it is whole: what another epoch had is not in it.
            guard event.previous == 0, !event.isSnapshot else { break }
            table.rows.ascending {
                if $0.epoch != event.epoch { gone.append($0.id) }
                return true
            }
        }
        return Self.removals(of: gone, of: station) + [.reported(event)]
    }

    /// The changes, in this order, after which nothing is here of what a removed station has reported.
    public func fleetPurge(of station: Identifier) -> [FleetChange] {
        var all: [Identifier] = []
        fleet.tickets[station]?.rows.ascending {
            all.append($0.id)
            return true
        }
        return Self.removals(of: all, of: station) + [.stationPurged(station)]
    }

    /// Removals of so many tickets, each of as many as one record names.
    private static func removals(of tickets: [Identifier], of station: Identifier) -> [FleetChange] {
        stride(from: 0, to: tickets.count, by: FleetLimits.removedPerRecordMax).map { start in
            let end = min(start + FleetLimits.removedPerRecordMax, tickets.count)
            return .ticketsRemoved(station, Array(tickets[start..<end]))
        }
    }

    /// Whether an event, as long as it is not applied, changes something that people are told of. All do but what a
    /// station tells of a ticket that is newer here already, or of the end of one that is not here.
    public func isNews(_ event: Event) -> Bool {
        guard case .fleet(.reported(let reported)) = event.change, case .ticket = reported.content,
            let id = reported.ticket
        else { return true }
        guard let ticket = fleet.tickets[reported.station]?[id] else {
            return FleetTicket(madeBy: event, id: id) != nil
        }
        return ticket.isOlder(than: reported)
    }

    /// The next event, of a change that a station has reported or that follows from what was decided.
    public func fleetEvent(_ change: FleetChange, by caller: Caller = .central, now: Timestamp) -> Event {
        Event(sequence: nextSequence, at: now, by: caller, change: .fleet(change))
    }
}

/// How far a station's events have come, while a batch of them is looked at.
private struct FleetPlace {
    enum Verdict {
        case new
        case duplicate
        case gap(expected: UInt64)
    }

    var epoch: String?
    var sequence: UInt64

    mutating func judge(_ event: FleetEvent) -> Verdict {
        // A new epoch begins with nothing before it, as the check of `previous` below demands.
        if event.epoch != epoch { (epoch, sequence) = (event.epoch, 0) }
        if event.sequence <= sequence { return .duplicate }
        if event.previous != sequence {
            // A snapshot of a pass whose end has arrived.
            if event.isSnapshot, event.previous < sequence { return .duplicate }
            return .gap(expected: sequence + 1)
        }
        if !event.isSnapshot { sequence = event.sequence }
        return .new
    }
}
