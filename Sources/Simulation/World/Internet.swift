import Bytes

/// The network between the hosts of a world: which hosts are up, where they listen, and the roads between them.
final class Internet {
    final class Host {
        let address: IPAddress
        fileprivate(set) var isUp = true
        /// By port: called with the server's end of each new connection.
        var listeners: [UInt16: (WireEnd) -> Void] = [:]

        init(_ address: IPAddress) { self.address = address }
    }

    let world: World
    private var hosts: [IPAddress: Host] = [:]
    /// By the client's host and the server's.
    private var roads: [[IPAddress]: Road] = [:]
    private var wireCount: UInt64 = 0
    private var ends: [WireEnd] = []
    /// By the address of a host that has lost power: the far ends of its former connections.
    private var orphans: [IPAddress: [WireEnd]] = [:]
    /// By host: the time, in microseconds of the world, before which nothing gets through to or from it.
    private var partitions: [IPAddress: Int64] = [:]
    /// Makes each new road.
    var makeRoad: () -> Road = { Road() }

    init(_ world: World) { self.world = world }

    func host(_ address: IPAddress) -> Host {
        if let host = hosts[address] { return host }
        let host = Host(address)
        hosts[address] = host
        return host
    }

    func road(from: IPAddress, to: IPAddress) -> Road {
        if let road = roads[[from, to]] { return road }
        let road = makeRoad()
        road.closedUntil = max(partitions[from] ?? 0, partitions[to] ?? 0)
        roads[[from, to]] = road
        return road
    }

    /// Ends the world: lets go of all hosts and connections.
    func dismantle() {
        for end in ends { end.dismantle() }
        ends = []
        orphans = [:]
        hosts = [:]
    }

    /// Cuts the host off until `end`, on roads that exist and on roads made later.
    func partition(_ address: IPAddress, until end: Int64) {
        partitions[address] = max(partitions[address] ?? 0, end)
        for (hosts, road) in roads where hosts.contains(address) { road.closedUntil = max(road.closedUntil, end) }
    }

    /// Heals all partitions and makes every road fast and clean.
    func clear() {
        partitions = [:]
        for road in roads.values { road.clear() }
    }

    /// Begins a connection and calls `done` with its near end, or with an errno. While the other host has no power, or
    /// is cut off, the attempt waits; after 40 tries it times out.
    func connect(
        from client: IPAddress, to server: IPAddress, port: UInt16,
        done: @escaping (Result<WireEnd, SimulatedErrno>) -> Void
    ) {
        let road = road(from: client, to: server)
        wireCount += 1
        let number = wireCount
        attempt(road, number, client, server, port, triesLeft: 40, done)
    }

    private func attempt(
        _ road: Road, _ number: UInt64, _ client: IPAddress, _ server: IPAddress, _ port: UInt16, triesLeft: Int,
        _ done: @escaping (Result<WireEnd, SimulatedErrno>) -> Void
    ) {
        let arrival = max(world.now + road.delay(&world.random), road.closedUntil)
        world.at(arrival) { [self] in
            let host = host(server)
            guard host.isUp, world.now >= road.closedUntil else {
                // The kernel sends its SYN again (tcp(7), tcp_syn_retries).
                guard triesLeft > 0 else { return done(.failure(SimulatedErrno(WireEnd.timedOut))) }
                return world.after(1_000_000) { [self] in
                    attempt(road, number, client, server, port, triesLeft: triesLeft - 1, done)
                }
            }
            guard let accept = host.listeners[port] else {
                return world.after(road.delay(&world.random)) { done(.failure(SimulatedErrno(WireEnd.refused))) }
            }
            let (near, far) = WireEnd.pair(world, road, number: number, from: client, to: server)
            ends += [near, far]
            accept(far)
            world.after(road.delay(&world.random)) { done(.success(near)) }
        }
    }

    /// Cuts the power of a host that has these connections.
    func powerOff(_ address: IPAddress, _ ends: [WireEnd]) {
        let host = host(address)
        host.isUp = false
        host.listeners = [:]
        for end in ends {
            if let other = end.other { orphans[address, default: []].append(other) }
            end.vanish()
        }
    }

    /// Brings the host back. It resets former connections on which the peer still sends; silent peers learn nothing.
    func powerOn(_ address: IPAddress) {
        host(address).isUp = true
        for end in orphans.removeValue(forKey: address) ?? [] { end.peerHasForgotten() }
    }
}

/// The error number of a simulated system call.
struct SimulatedErrno: Error, Hashable {
    let number: Int32

    init(_ number: Int32) { self.number = number }
}

/// The path between two hosts.
final class Road {
    var latencyMicros: Int64 = 200
    var jitterMicros: Int64 = 100
    /// The bytes of one direction of a connection that may be under way or unread.
    var windowBytes = 64 * 1024
    /// The percentage of calls whose bytes are cut at a random place.
    var cutPercent = 0
    /// The percentage of calls whose bytes are cut to a single one.
    var singleBytePercent = 0
    /// Nothing gets through before this time; bytes sent earlier arrive then.
    var closedUntil: Int64 = 0

    func delay(_ random: inout SeededGenerator) -> Int64 {
        latencyMicros + (jitterMicros > 0 ? random.number(0...jitterMicros) : 0)
    }

    /// The size of the next piece, at most.
    func pieceBytes(_ random: inout SeededGenerator) -> Int {
        guard cutPercent + singleBytePercent > 0 else { return .max }
        let roll = random.number(0...99)
        if roll < singleBytePercent { return 1 }
        return roll < singleBytePercent + cutPercent ? random.number(1...200) : .max
    }

    /// Makes it fast and clean, and opens it.
    func clear() {
        latencyMicros = 200
        jitterMicros = 0
        windowBytes = 256 * 1024
        closedUntil = 0
        cutPercent = 0
        singleBytePercent = 0
    }
}
