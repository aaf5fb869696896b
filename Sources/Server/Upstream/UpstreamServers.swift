/// The servers that lead to the central server, by their index in the uplink's schedule: those that are configured,
/// then those that a cluster has announced.
struct UpstreamServers {
    /// The largest number of servers that are learned.
    static let learnedMax = 16

    /// All of them.
    private(set) var urls: [UpstreamURL]
    private let configuredCount: Int

    /// - Precondition: `configured` is not empty.
    init(_ configured: [UpstreamURL]) {
        urls = configured
        configuredCount = configured.count
    }

    /// Learns a cluster's servers, which have the scheme of those configured. When there are too many, one takes the
    /// place of another that is no longer announced.
    ///
    /// - Parameters:
    ///   - announced: hosts with ports. What cannot be read is ignored.
    ///   - used: the index of the server that is being used, which stays.
    /// - Returns: the indices where there is another server now.
    mutating func learn(_ announced: [String], using used: Int) -> [Int] {
        let scheme = urls[0].scheme.rawValue
        let servers = announced.compactMap { UpstreamURL("\(scheme)://\($0)") }
        var changed: [Int] = []
        for server in servers where !urls.contains(where: { $0.isSamePlace(as: server) }) {
            guard let index = place(for: servers, using: used) else { break }
            if index == urls.count { urls.append(server) } else { urls[index] = server }
            changed.append(index)
        }
        return changed
    }

    /// The index for one more server; nil if there is no room.
    private func place(for servers: [UpstreamURL], using used: Int) -> Int? {
        if urls.count < configuredCount + Self.learnedMax { return urls.count }
        return (configuredCount..<urls.count).first { index in
            index != used && !servers.contains { $0.isSamePlace(as: urls[index]) }
        }
    }
}
