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
    public func batch(_ elements: [JSONValue], of station: FleetStation) throws(FleetBatchFault) -> FleetBatch {
        if let table = fleet.tickets[station.id], table.bytes > FleetLimits.ticketBytesPerStationMax {
            throw .full("The central server holds as much of station \(station.id) as it can")
        }
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
        var changes: [FleetChange] = []
        for start in stride(from: 0, to: gone.count, by: FleetLimits.removedPerRecordMax) {
            let end = min(start + FleetLimits.removedPerRecordMax, gone.count)
            changes.append(.ticketsRemoved(station, Array(gone[start..<end])))
        }
        return changes + [.reported(event)]
    }

    /// The next event, of a change that a station has reported.
    public func fleetEvent(_ change: FleetChange, now: Timestamp) -> Event {
        Event(sequence: nextSequence, at: now, by: .central, change: .fleet(change))
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
