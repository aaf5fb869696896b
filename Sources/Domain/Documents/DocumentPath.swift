import Store

/// Where a document is in the data directory: `tickets/17.json`.
public struct DocumentPath: Hashable, Sendable {
    /// The kinds of documents. `DocumentRegistry` says everything else about them, in the same order.
    public enum Kind: Int, CaseIterable, Sendable {
        case tickets, users, stations
        /// Texts that staff answer with again and again.
        case answers
        case inboxes
        /// How far the delivery to each user is proven, by page of users.
        case deliveries
        /// The first answers to requests with an Idempotency-Key.
        case idempotency
        /// The indexes that admins and staff share, of created tickets and of comments, by page.
        case notifications
        /// The numbers that come next: one document, `counters/1.json`.
        case counters
        /// What the station knows of its traffic with the central server: one document, `uplink/1.json`.
        case uplink
        /// How long the station has run: one document, `running/1.json`.
        case running
        /// The members of a central server's fleet, and the commands for each.
        case fleet, fleetCommands
        /// The tickets of these members, in a directory for each member: `fleet-7`.
        case fleetTickets
    }

    /// The kind of the document.
    public let kind: Kind

    /// The number in the file's name.
    public let id: Identifier

    /// The member of the fleet whose ticket it is; 0 for documents of all other kinds.
    public let station: Identifier

    /// Creates the path of the document `id`, which belongs to the fleet's member `station` if that is not 0.
    public init(_ kind: Kind, _ id: Identifier, of station: Identifier = 0) {
        self.kind = kind
        self.id = id
        self.station = station
    }

    /// The directory that the document is in.
    public var folder: DocumentFolder { DocumentFolder(kind, of: station) }

    /// The path relative to the data directory.
    public var text: String { "\(folder.name)/\(id).json" }
}

/// A directory of documents.
public struct DocumentFolder: Hashable, Sendable {
    /// The kind of the documents in it.
    public let kind: DocumentPath.Kind
    let station: Identifier

    init(_ kind: DocumentPath.Kind, of station: Identifier) {
        self.kind = kind
        self.station = station
    }

    /// The directories that may hold documents: those that every data directory may have, then those of the fleet's
    /// members that are among `names`, the entries of the data directory.
    public static func all(among names: [String]) -> [DocumentFolder] {
        var fixed: [DocumentFolder] = []
        var ofMembers: [DocumentFolder] = []
        for entry in DocumentRegistry.entries {
            switch entry.directory {
            case .one: fixed.append(DocumentFolder(entry.kind, of: 0))
            case .ofEachMember(let prefix):
                ofMembers += names.compactMap { name -> DocumentFolder? in
                    guard name.hasPrefix(prefix), let id = Identifier(name.dropFirst(prefix.count)), id > 0 else {
                        return nil
                    }
                    let folder = DocumentFolder(entry.kind, of: id)
                    return folder.name == name ? folder : nil
                }.sorted { $0.station < $1.station }
            }
        }
        return fixed + ofMembers
    }

    /// The directory's name in the data directory.
    public var name: String {
        switch DocumentRegistry[kind].directory {
        case .one(let name): name
        case .ofEachMember(let prefix): "\(prefix)\(station)"
        }
    }

    /// The directory as the store has it.
    public var directory: DocumentDirectory { DocumentDirectory(name, idMember: DocumentRegistry[kind].idMember) }

    /// The path of the document with this number.
    public func path(_ id: Identifier) -> DocumentPath { DocumentPath(kind, id, of: station) }
}
