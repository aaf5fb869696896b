import Platform

/// The open Engine.IO sessions by name, and their number from each address.
struct EngineSessions {
    private var clients: [RandomName: EngineClient] = [:]
    private var countBySite = SiteCount()
    /// Those whose clients have not authenticated.
    private(set) var silent = SilentClients<RandomName>()

    subscript(name: RandomName) -> EngineClient? { clients[name] }

    var count: Int { clients.count }

    /// The number of open sessions from one address.
    func count(from site: Site) -> Int { countBySite[site] }

    /// All of them in the order of their names: a dictionary's order must not reach anyone.
    var all: [EngineClient] { clients.values.sorted { $0.name < $1.name } }

    mutating func insert(_ client: EngineClient, turn: UInt64) {
        clients[client.name] = client
        countBySite.add(client.peer.site)
        client.silentNumber = silent.insert(client.name, from: client.peer.site, turn: turn)
    }

    mutating func noteAuthenticated(_ client: EngineClient) {
        silent.remove(client.silentNumber)
        client.silentNumber = 0
    }

    mutating func remove(_ client: EngineClient) {
        guard clients.removeValue(forKey: client.name) != nil else { return }
        countBySite.remove(client.peer.site)
        silent.remove(client.silentNumber)
    }
}
