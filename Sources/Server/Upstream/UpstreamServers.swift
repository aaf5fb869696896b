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
        for server in servers where !urls.contains(where: { $0.host == server.host && $0.port == server.port }) {
            if urls.count < configuredCount + Self.learnedMax {
                changed.append(urls.count)
                urls.append(server)
            } else if let index = urls.indices.first(where: { index in
                index >= configuredCount && index != used && !servers.contains(urls[index])
            }) {
                changed.append(index)
                urls[index] = server
            }
        }
        return changed
    }
}
