import Bytes
import Domain
import Gateway
import Platform

/// Notices tickets that nobody has taken in time, and has each of them announced to admins once more.
///
/// How long that may be depends on the priority (`escalation.urgent_minutes`, `escalation.high_minutes`; 0 for never).
/// A ticket waits since its creation, or since its status, priority or assignee last changed. The wall clock only tells
/// how long it had waited when it was noticed, so a clock that jumps later changes nothing.
final class Escalations {
    /// Tickets that one turn looks at after a start, or when the settings have changed.
    private static let scannedPerTurn: UInt32 = 2_000
    /// Tickets that are escalated in one turn.
    private static let escalatedPerTurn = 16
    /// When a change that was refused, because the disk is full, is tried again.
    private static let retryMillis: Int64 = 10_000

    private struct Minutes: Equatable {
        let urgent: Int
        let high: Int

        var isOff: Bool { urgent == 0 && high == 0 }
    }

    private let durable: DurableDesk
    private let configuration: LiveConfiguration
    private var minutes = Minutes(urgent: 0, high: 0)
    /// The ticket from which on they have yet to be looked at; nil if none has.
    private var nextScanned: Identifier?
    private var queue = DueTickets()

    init(durable: DurableDesk, configuration: LiveConfiguration) {
        self.durable = durable
        self.configuration = configuration
    }

    private var configured: Minutes {
        let current = configuration.current
        return Minutes(urgent: current.escalationUrgentMinutes, high: current.escalationHighMinutes)
    }

    /// When `expire` is to be called, if at all; a time in the past while there is something to do at once.
    func deadline(startedAt: MonotonicTime) -> MonotonicTime? {
        if configured != minutes || nextScanned != nil { return startedAt }
        return queue.first
    }

    /// Notes a ticket that was created or changed.
    func note(_ event: Event, now: Moment) {
        guard !minutes.isOff else { return }
        switch event.change {
        case .ticketCreated(let snapshot): consider(snapshot.ticket.id, now: now)
        case .ticketUpdated(let snapshot, _): consider(snapshot.ticket.id, now: now)
        default: break
        }
    }

    /// Looks for tickets after a start, and escalates what is due.
    func expire(through loop: EventLoop, now: Moment) {
        if configured != minutes {
            minutes = configured
            queue = DueTickets()
            nextScanned = minutes.isOff ? nil : 0
        }
        if let start = nextScanned {
            let (found, next) = durable.desk.waitingTickets(from: start, lookingAt: Int(Self.scannedPerTurn))
            for ticket in found { consider(ticket, now: now) }
            nextScanned = next
        }
        guard !loop.isDraining else { return }
        for _ in 0..<Self.escalatedPerTurn {
            guard let ticket = queue.dequeue(dueBy: now.monotonic) else { return }
            escalate(ticket, through: loop, now: now)
        }
    }

    private func consider(_ id: Identifier, now: Moment) {
        guard let ticket = durable.desk.waitingTicket(id) else { return queue.remove(id) }
        consider(ticket, now: now)
    }

    private func consider(_ ticket: Ticket, now: Moment) {
        let minutes = minutes(for: ticket.priority)
        guard minutes > 0 else { return queue.remove(ticket.id) }
        let limit = Int64(minutes) * 60_000
        let waited = min(max(0, now.wall.milliseconds - ticket.waitingSince.milliseconds), limit)
        queue.insert(ticket.id, due: now.monotonic.advanced(byMilliseconds: limit - waited))
    }

    private func minutes(for priority: TicketPriority) -> Int {
        switch priority {
        case .urgent: minutes.urgent
        case .high: minutes.high
        case .medium, .low: 0
        }
    }

    private func escalate(_ id: Identifier, through loop: EventLoop, now: Moment) {
        guard let ticket = durable.desk.waitingTicket(id) else { return }
        let minutes = minutes(for: ticket.priority)
        guard minutes > 0 else { return }
        do throws(Refusal) {
            try durable.execute(.escalateTicket(id, minutes: minutes), by: .station, now: now)
            loop.log.write(
                .warning, "Escalation",
                "Nobody has taken the \(ticket.priority.rawValue) ticket \(id) for \(minutes) min",
                at: now)
        } catch {
            queue.insert(id, due: now.monotonic.advanced(byMilliseconds: Self.retryMillis))
        }
    }
}

/// Tickets by the time at which they are due: a heap. Each is in it once as far as it counts.
private struct DueTickets {
    private struct Entry {
        let due: MonotonicTime
        let ticket: Identifier
    }

    private var heap: [Entry] = []
    /// The time that counts for each ticket. Entries with another one are skipped.
    private var times: [Identifier: MonotonicTime] = [:]

    /// When the first entry is due; nil if there is none.
    var first: MonotonicTime? { heap.first?.due }

    mutating func insert(_ ticket: Identifier, due: MonotonicTime) {
        guard times[ticket] != due else { return }
        times[ticket] = due
        // What no longer counts must not pile up.
        if heap.count > 2 * times.count + 64 { rebuild() } else { push(Entry(due: due, ticket: ticket)) }
    }

    mutating func remove(_ ticket: Identifier) { times[ticket] = nil }

    /// Removes and returns the first ticket that is due.
    mutating func dequeue(dueBy now: MonotonicTime) -> Identifier? {
        while let first = heap.first, first.due <= now {
            pop()
            guard times[first.ticket] == first.due else { continue }
            times[first.ticket] = nil
            return first.ticket
        }
        return nil
    }

    private mutating func rebuild() {
        heap = times.map { Entry(due: $0.value, ticket: $0.key) }.sorted {
            ($0.due, $0.ticket) < ($1.due, $1.ticket)
        }
    }

    private mutating func push(_ entry: Entry) {
        heap.append(entry)
        var place = heap.count - 1
        while place > 0, Self.precedes(heap[place], heap[(place - 1) / 2]) {
            heap.swapAt(place, (place - 1) / 2)
            place = (place - 1) / 2
        }
    }

    private mutating func pop() {
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        var place = 0
        while true {
            var least = place
            for child in [2 * place + 1, 2 * place + 2]
            where child < heap.count && Self.precedes(heap[child], heap[least]) { least = child }
            guard least != place else { return }
            heap.swapAt(place, least)
            place = least
        }
    }

    private static func precedes(_ left: Entry, _ right: Entry) -> Bool {
        (left.due, left.ticket) < (right.due, right.ticket)
    }
}
