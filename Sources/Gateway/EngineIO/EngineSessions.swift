/// The open Engine.IO sessions by name, and their number from each address.
struct EngineSessions {
    private var clients: [RandomName: EngineClient] = [:]
    private var countBySite = SiteCount()

    subscript(name: RandomName) -> EngineClient? { clients[name] }

    var count: Int { clients.count }

    /// The number of open sessions from one address.
    func count(from site: UInt64) -> Int { countBySite[site] }

    /// All of them in the order of their names: a dictionary's order must not reach anyone.
    var all: [EngineClient] { clients.values.sorted { $0.name < $1.name } }

    mutating func insert(_ client: EngineClient) {
        clients[client.name] = client
        countBySite.add(client.peer.site)
    }

    mutating func remove(_ client: EngineClient) {
        guard clients.removeValue(forKey: client.name) != nil else { return }
        countBySite.remove(client.peer.site)
    }
}
