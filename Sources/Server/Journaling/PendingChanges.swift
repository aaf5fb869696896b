import Domain

/// The part of the state that an answer shows.
enum StateScope: Hashable {
    /// Users and swap stations, on which every right depends.
    case people
    /// One ticket with its comments and history.
    case ticket(Identifier)
    /// The tickets that a user has filed.
    case ticketsOfUser(Identifier)
    /// All tickets.
    case tickets
    /// The notifications of a driver.
    case inboxOfDriver(Identifier)
    /// The notifications of an admin or of a swap station's staff.
    case inboxOfStaff(Identifier)
    /// A central server's fleet.
    case fleet
    /// All of it.
    case everything
}

/// For each part of the state, the last event that changed it and is not durable yet: what shows that part waits for
/// that event, and what shows older state does not wait.
struct PendingChanges {
    private var byTicket: [Identifier: UInt64] = [:]
    /// By the user who filed the ticket.
    private var byUser: [Identifier: UInt64] = [:]
    private var byReader: [Identifier: UInt64] = [:]
    private var ofTickets: UInt64 = 0
    private var ofPeople: UInt64 = 0
    private var ofFleet: UInt64 = 0
    private var last: UInt64 = 0

    /// Adds an event that was just applied.
    mutating func note(_ event: Event) {
        last = event.sequence
        switch event.change {
        case .ticketCreated(let snapshot), .ticketUpdated(let snapshot, _), .ticketDeleted(let snapshot):
            note(ticket: snapshot.ticket.id, of: snapshot.ticket.userID)
        case .ticketEscalated(let snapshot, _): note(ticket: snapshot.ticket.id, of: snapshot.ticket.userID)
        case .ticketCommented(let ticket, let user, _, _, _): note(ticket: ticket, of: user)
        case .notificationsRead(let user, _): byReader[user] = last
        case .fleet: ofFleet = last
        case .notificationsDelivered, .uplinkShipped: break
        default: ofPeople = last
        }
    }

    private mutating func note(ticket: Identifier, of user: Identifier) {
        byTicket[ticket] = last
        byUser[user] = last
        ofTickets = last
    }

    /// The last pending event that changed this part of the state; it may be durable already, or 0.
    func last(changing scope: StateScope) -> UInt64 {
        let own: UInt64? =
            switch scope {
            case .people: nil
            case .ticket(let id): byTicket[id]
            case .ticketsOfUser(let id): byUser[id]
            case .tickets: ofTickets
            case .inboxOfDriver(let id): max(byUser[id] ?? 0, byReader[id] ?? 0)
            case .inboxOfStaff(let id): max(ofTickets, ofFleet, byReader[id] ?? 0)
            case .fleet: ofFleet
            case .everything: last
            }
        return max(own ?? 0, ofPeople)
    }

    /// Forgets the events up to `durable`. O(number of pending events).
    mutating func forget(through durable: UInt64) {
        if durable >= last {
            byTicket.removeAll(keepingCapacity: byTicket.capacity <= Self.keptCapacityMax)
            byUser.removeAll(keepingCapacity: byUser.capacity <= Self.keptCapacityMax)
            byReader.removeAll(keepingCapacity: byReader.capacity <= Self.keptCapacityMax)
        } else {
            byTicket = byTicket.filter { $0.value > durable }
            byUser = byUser.filter { $0.value > durable }
            byReader = byReader.filter { $0.value > durable }
        }
    }

    private static let keptCapacityMax = 1024
}
