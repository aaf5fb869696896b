import Bytes
import Store

/// Where a document is in the data directory: `tickets/17.json`.
public struct DocumentPath: Hashable, Sendable {
    /// The directories of documents.
    public enum Kind: String, CaseIterable, Sendable {
        case tickets, users, stations, inboxes
        /// How far the delivery to each user is proven, by page of users.
        case deliveries
        /// The first answers to tickets that came with an Idempotency-Key, by the ticket's number.
        case idempotency
        /// The index of created tickets, by page.
        case notifications
        /// The numbers that come next: one document, `counters/1.json`.
        case counters
        /// What the station knows of its traffic with the central server: one document, `uplink/1.json`.
        case uplink
        /// The stations of a central server's fleet, and what waits for each.
        case fleet
        case fleetCommands = "fleet-commands"
        /// The tickets of these stations, in a directory for each station: `fleet-7`.
        case fleetTickets = "fleet-"
    }

    public let kind: Kind
    public let id: Identifier

    /// The station of the fleet whose ticket it is; 0 where it is no such ticket.
    public let station: Identifier

    public init(_ kind: Kind, _ id: Identifier, of station: Identifier = 0) {
        self.kind = kind
        self.id = id
        self.station = station
    }

    static let counters = DocumentPath(.counters, 1)
    static let uplink = DocumentPath(.uplink, 1)

    public var folder: DocumentFolder { DocumentFolder(kind, of: station) }

    public var text: String { "\(folder.name)/\(id).json" }
}

/// A directory of documents.
public struct DocumentFolder: Hashable, Sendable {
    public let kind: DocumentPath.Kind
    let station: Identifier

    init(_ kind: DocumentPath.Kind, of station: Identifier) {
        self.kind = kind
        self.station = station
    }

    /// The directories that documents may be in: those that are always the same, and those of the fleet's stations
    /// that are among `names`, the entries of the data directory.
    public static func all(among names: [String]) -> [DocumentFolder] {
        let fixed = DocumentPath.Kind.allCases.filter { $0 != .fleetTickets }.map { DocumentFolder($0, of: 0) }
        let prefix = DocumentPath.Kind.fleetTickets.rawValue
        let own = names.compactMap { name -> DocumentFolder? in
            guard name.hasPrefix(prefix), let id = Identifier(name.dropFirst(prefix.count)), id > 0 else { return nil }
            let folder = DocumentFolder(.fleetTickets, of: id)
            return folder.name == name ? folder : nil
        }
        return fixed + own.sorted { $0.station < $1.station }
    }

    public var name: String { kind == .fleetTickets ? "\(kind.rawValue)\(station)" : kind.rawValue }

    /// The directory as the store has it.
    public var directory: DocumentDirectory { DocumentDirectory(name, idMember: kind.idMember) }

    /// The document with this number.
    public func path(_ id: Identifier) -> DocumentPath { DocumentPath(kind, id, of: station) }
}

extension DocumentPath.Kind {
    /// The member that repeats the number in the file's name.
    var idMember: String? {
        switch self {
        case .tickets, .idempotency, .fleetTickets: "support_id"
        case .users, .inboxes: "user_id"
        case .stations, .fleet, .fleetCommands: "station_id"
        case .notifications, .deliveries: "page"
        case .counters, .uplink: nil
        }
    }
}

extension Event {
    /// The documents that this event may make, change or end.
    public var documents: [DocumentPath] {
        command == nil ? changedDocuments : changedDocuments + [.uplink]
    }

    private var changedDocuments: [DocumentPath] {
        switch change {
        case .ticketCreated(let snapshot, let idempotency):
            let id = snapshot.ticket.id
            var paths = [DocumentPath(.tickets, id), DocumentPath(.notifications, FeedPage.page(of: id)), .counters]
            if let page = FeedPage.pageEnded(by: id) { paths.append(DocumentPath(.notifications, page)) }
            if let idempotency {
                paths.append(DocumentPath(.idempotency, id))
                paths.append(contentsOf: idempotency.ended.map { DocumentPath(.idempotency, $0) })
            }
            return paths
        case .ticketUpdated(let snapshot, _), .ticketDeleted(let snapshot):
            return [DocumentPath(.tickets, snapshot.ticket.id), DocumentPath(.inboxes, snapshot.ticket.userID)]
        case .ticketCommented(let ticket, _, _, _): return [DocumentPath(.tickets, ticket)]
        case .userCreated(let user): return [DocumentPath(.users, user.id), .counters]
        case .userUpdated(let user, _): return [DocumentPath(.users, user.id)]
        case .userDeleted(let id, _):
            return [
                DocumentPath(.users, id), DocumentPath(.inboxes, id),
                DocumentPath(.deliveries, DeliveryPage.page(of: id)),
            ]
        case .stationCreated(let station): return [DocumentPath(.stations, station.id), .counters]
        case .stationUpdated(let station, _): return [DocumentPath(.stations, station.id)]
        case .notificationsRead(let user, _): return [DocumentPath(.inboxes, user)]
        case .notificationsDelivered(let deliveries):
            let pages = Set(deliveries.map { DeliveryPage.page(of: $0.user) })
            return pages.sorted().map { DocumentPath(.deliveries, $0) }
        case .uplinkShipped: return [.uplink]
        case .fleet(let change): return change.documents
        case .commandUnchanged, .commandRefused, .unknown: return []
        }
    }
}
