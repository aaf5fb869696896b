import Platform

/// The open connections, their number by kind, and those with work to do.
struct ConnectionTable {
    /// By slot.
    private var slots: [Connection?] = []
    /// Connections of clients and of the machine's owner.
    private(set) var clientCount = 0
    /// Connections over a limit, which are told so and closed; they are counted nowhere else.
    private(set) var refusedCount = 0
    private var countBySite = SiteCount()
    /// Clients' connections on which no one has authenticated.
    var silent = SilentClients<ConnectionID>()
    /// Connections with input to process, in the order of its arrival.
    private var active: [Connection] = []
    /// Connections with something to send.
    private var dirty: [Connection] = []
    /// Connections whose handshake can go on, in the order in which that came up.
    private var opening: [Connection] = []
    /// Connections with bytes that are held until an event is durable.
    private var holding: [Connection] = []

    subscript(id: ConnectionID) -> Connection? {
        let index = Int(id.slot)
        guard slots.indices.contains(index), let connection = slots[index], connection.id == id else { return nil }
        return connection
    }

    /// All connections in the order of their slots.
    var all: [Connection] { slots.compactMap { $0 } }

    /// The number of clients' connections from one address.
    func count(from site: Site) -> Int { countBySite[site] }

    mutating func insert(_ connection: Connection) {
        let index = Int(connection.id.slot)
        while slots.count <= index { slots.append(nil) }
        slots[index] = connection
        count(connection)
    }

    mutating func remove(_ connection: Connection) {
        slots[Int(connection.id.slot)] = nil
        if connection.silentNumber != 0 { silent.remove(connection.silentNumber) }
        uncount(connection)
    }

    /// Gives the connection of a trusted proxy to one client, or to none that has a place. It counts accordingly.
    mutating func assign(_ connection: Connection, to peer: PeerAddress, as kind: Connection.Kind, turn: UInt64) {
        uncount(connection)
        connection.kind = kind
        connection.peer = peer
        count(connection)
        guard connection.silentNumber != 0 else { return }
        silent.remove(connection.silentNumber)
        connection.silentNumber = kind == .client ? silent.insert(connection.id, from: peer.site, turn: turn) : 0
    }

    private mutating func count(_ connection: Connection) {
        switch connection.kind {
        case .client, .metrics:
            clientCount += 1
            countBySite.add(connection.peer.site)
        case .control, .proxied: clientCount += 1
        case .refused: refusedCount += 1
        case .own: break
        }
    }

    private mutating func uncount(_ connection: Connection) {
        switch connection.kind {
        case .client, .metrics:
            clientCount -= 1
            countBySite.remove(connection.peer.site)
        case .control, .proxied: clientCount -= 1
        case .refused: refusedCount -= 1
        case .own: break
        }
    }

    // MARK: Work to do

    var hasActive: Bool { !active.isEmpty }
    var hasDirty: Bool { !dirty.isEmpty }

    mutating func markActive(_ connection: Connection) {
        guard !connection.isActive else { return }
        connection.isActive = true
        active.append(connection)
    }

    mutating func markDirty(_ connection: Connection) {
        guard !connection.isDirty else { return }
        connection.isDirty = true
        dirty.append(connection)
    }

    var hasOpening: Bool { !opening.isEmpty }

    mutating func markOpening(_ connection: Connection, _ secure: SecureStream) {
        guard !secure.isListed else { return }
        secure.isListed = true
        opening.append(connection)
    }

    /// Removes and returns those whose handshakes have waited longest. The caller resets the mark of each.
    mutating func dequeueOpening(atMost count: Int) -> [Connection] {
        guard !opening.isEmpty else { return [] }
        let first = Array(opening.prefix(count))
        opening.removeFirst(first.count)
        return first
    }

    mutating func markHolding(_ connection: Connection) {
        guard !connection.isHolding else { return }
        connection.isHolding = true
        holding.append(connection)
    }

    /// Removes and returns the connections with held bytes, longest first. The caller resets the mark of each.
    mutating func dequeueHolding() -> [Connection] {
        let connections = holding
        holding.removeAll(keepingCapacity: true)
        return connections
    }

    /// Removes and returns the connections with input to process. The caller resets the mark of each.
    mutating func dequeueActive() -> [Connection] {
        let connections = active
        active.removeAll(keepingCapacity: true)
        return connections
    }

    /// Puts connections back whose input has not been processed, before all others.
    mutating func prependActive(_ connections: ArraySlice<Connection>) {
        if !connections.isEmpty { active.insert(contentsOf: connections, at: 0) }
    }

    /// Removes and returns the connections with something to send. The caller resets the mark of each.
    mutating func dequeueDirty() -> [Connection] {
        let connections = dirty
        dirty.removeAll(keepingCapacity: true)
        return connections
    }
}

/// A count for each address.
struct SiteCount {
    private var counts: [Site: Int] = [:]

    subscript(site: Site) -> Int { counts[site] ?? 0 }

    mutating func add(_ site: Site) { counts[site, default: 0] += 1 }

    mutating func remove(_ site: Site) {
        guard let count = counts[site] else { return }
        counts[site] = count > 1 ? count - 1 : nil
    }
}
