import Bytes
import JSON

/// Why the central server refuses a whole batch of a member's events.
public enum FleetBatchFault: Error, Hashable, Sendable {
    /// One sentence that names the event by its index, and the member at fault.
    case malformed(String)

    /// The first new event does not follow the last one here: events are missing from this number on.
    case gap(expected: UInt64)

    /// The member's tickets use as much memory as they may; the sentence says what to do.
    case full(String)
}

/// The events of one batch that are new, in their order.
public struct FleetBatch: Sendable {
    /// The new events, each with its index in the batch.
    public let events: [(index: Int, event: FleetEvent)]

    /// The number of events in the batch that were here already.
    public let duplicateCount: Int

    /// Reads a batch of `member`, an array of CloudEvents, and tells what of it is new.
    init(_ elements: [JSONValue], of member: FleetMember) throws(FleetBatchFault) {
        var fresh: [(index: Int, event: FleetEvent)] = []
        var place = FleetPlace(epoch: member.epoch, sequence: member.acceptedThrough)
        var duplicateCount = 0
        var batchEpoch: String?
        var last: UInt64 = 0
        var hasEndOfPass = false
        for (index, element) in elements.enumerated() {
            let event: FleetEvent
            do throws(DocumentFault) {
                event = try FleetEvent(element, station: member.id)
            } catch {
                let member = error.member.isEmpty ? "" : "\(error.member) "
                throw .malformed("events[\(index)]: \(member)\(error.expectation)")
            }
            guard event.epoch == batchEpoch ?? event.epoch else {
                throw .malformed("events[\(index)]: id must be of the same epoch as those before")
            }
            batchEpoch = event.epoch
            // Each goes through all tickets of the member within the turn.
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
        events = fresh
        self.duplicateCount = duplicateCount
    }
}

/// How far a member's events have come, while a batch of them is looked at.
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
