import Bytes

/// The network between the hosts of a world: who is up, who listens, and how the roads between them are.
final class Internet {
    final class Host {
        let address: IPAddress
        fileprivate(set) var isUp = true
        /// By port: what happens when somebody has come in.
        var listeners: [UInt16: (WireEnd) -> Void] = [:]

        init(_ address: IPAddress) { self.address = address }
    }

    let world: World
    private var hosts: [IPAddress: Host] = [:]
    /// From a client's host to a server's.
    private var roads: [[IPAddress]: Road] = [:]
    private var wireCount: UInt64 = 0
    private var ends: [WireEnd] = []
    /// The ends of all connections that reach a host that has no power, by its address.
    private var orphans: [IPAddress: [WireEnd]] = [:]
    /// Nothing gets through to or from these hosts before the time that is given, in microseconds of the world.
    private var partitions: [IPAddress: Int64] = [:]
    /// What a new road is like.
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

    /// For the end of the world: lets go of everything.
    func dismantle() {
        for end in ends { end.dismantle() }
        ends = []
        orphans = [:]
        hosts = [:]
    }

    /// Nothing gets through to or from the host before `end`: on the roads that there are, and on those to come.
    func partition(_ address: IPAddress, until end: Int64) {
        partitions[address] = max(partitions[address] ?? 0, end)
        for (hosts, road) in roads where hosts.contains(address) { road.closedUntil = max(road.closedUntil, end) }
    }

    /// Every road is as new.
    func clear() {
        partitions = [:]
        for road in roads.values { road.clear() }
    }

    /// Begins a connection; `done` is called with its near end, or an errno. Where the other host has no power, or
    /// nothing gets through, it is not called before that changes.
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
                // The kernel asks again (tcp(7), tcp_syn_retries).
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

    /// The host loses its power with these connections.
    func powerOff(_ address: IPAddress, _ ends: [WireEnd]) {
        let host = host(address)
        host.isUp = false
        host.listeners = [:]
        for end in ends {
            if let other = end.other { orphans[address, default: []].append(other) }
            end.vanish()
        }
    }

    /// The host is there again, and answers whoever still speaks to its former self. Whoever says nothing is told
    /// nothing.
    func powerOn(_ address: IPAddress) {
        host(address).isUp = true
        for end in orphans.removeValue(forKey: address) ?? [] { end.peerHasForgotten() }
    }
}

/// An error number of a simulated call.
struct SimulatedErrno: Error, Hashable {
    let number: Int32

    init(_ number: Int32) { self.number = number }
}

/// The way between two hosts.
final class Road {
    var latencyMicros: Int64 = 200
    var jitterMicros: Int64 = 100
    /// What may be under way and unread in one direction of a connection.
    var windowBytes = 64 * 1024
    /// How what is sent is cut, in percent of the calls: not at all, somewhere, or behind every byte.
    var cutPercent = 0
    var singleBytePercent = 0
    /// Nothing gets through before this; what was sent arrives then.
    var closedUntil: Int64 = 0

    func delay(_ random: inout SeededGenerator) -> Int64 {
        latencyMicros + (jitterMicros > 0 ? random.number(0...jitterMicros) : 0)
    }

    func pieceBytes(_ random: inout SeededGenerator) -> Int {
        guard cutPercent + singleBytePercent > 0 else { return .max }
        let roll = random.number(0...99)
        if roll < singleBytePercent { return 1 }
        return roll < singleBytePercent + cutPercent ? random.number(1...200) : .max
    }

    /// A clean, fast line.
    func clear() {
        latencyMicros = 200
        jitterMicros = 0
        windowBytes = 256 * 1024
        closedUntil = 0
        cutPercent = 0
        singleBytePercent = 0
    }
}
