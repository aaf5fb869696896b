import Bytes

/// One end of a simulated stream connection. Bytes take time, arrive in order and in pieces of any size, and a window
/// bounds how many may be unread.
final class WireEnd {
    enum Item {
        case bytes([UInt8])
        case end
        case reset
    }

    /// Errors as Linux numbers them.
    static let connectionReset: Int32 = 104
    static let timedOut: Int32 = 110
    static let refused: Int32 = 111
    static let brokenPipe: Int32 = 32

    let world: World
    let road: Road
    /// Identifies this end in the trace.
    let number: UInt64
    /// The address of the host at the other end.
    let peerAddress: IPAddress
    /// The far end; nil once the world has ended.
    private(set) var other: WireEnd?

    /// Called when there may be something to receive, or room to send.
    var onReady: () -> Void = {}

    private var inbox = ByteQueue()
    private var hasInboxEnded = false
    private(set) var failure: Int32?
    private(set) var isClosed = false
    private var isSendingOver = false
    /// Items sent by this end that have not arrived yet.
    private var underWay: [(arrival: Int64, item: Item)] = []
    private var underWayCount = 0
    private var isDrainPlanned = false
    private var wantsRoom = false
    /// The line is dead: nothing arrives in either direction, and neither end is told.
    private(set) var isSilent = false
    /// The other host lost power and no longer knows this connection: it resets it when anything is sent.
    private var isForgotten = false
    /// Something was under way when the line went dead, or was sent since: the kernel retransmits it.
    private var isInsisting = false

    private init(_ world: World, _ road: Road, number: UInt64, peer: IPAddress) {
        self.world = world
        self.road = road
        self.number = number
        peerAddress = peer
    }

    /// Both ends of a new connection.
    static func pair(
        _ world: World, _ road: Road, number: UInt64, from client: IPAddress, to server: IPAddress
    ) -> (client: WireEnd, server: WireEnd) {
        let one = WireEnd(world, road, number: 2 * number, peer: server)
        let two = WireEnd(world, road, number: 2 * number + 1, peer: client)
        one.other = two
        two.other = one
        return (one, two)
    }

    // MARK: Sending

    /// Sends as many of the bytes as there is room for.
    ///
    /// - Returns: the number sent, or nil if the connection is broken.
    func send(_ bytes: [UInt8]) -> Int? {
        if failure != nil || isSendingOver || isClosed { return nil }
        let room = road.windowBytes - underWayCount - (other?.inbox.count ?? 0)
        let count = min(max(0, room), bytes.count)
        if count < bytes.count { wantsRoom = true }
        guard count > 0 else { return 0 }
        var start = 0
        while start < count {
            // The bytes of one call may arrive in several pieces.
            let size = min(count - start, road.pieceBytes(&world.random))
            put(.bytes(Array(bytes[start..<(start + size)])))
            start += size
        }
        underWayCount += count
        return count
    }

    var hasRoom: Bool { failure != nil || road.windowBytes - underWayCount - (other?.inbox.count ?? 0) > 0 }

    func finishSending() {
        guard !isSendingOver, !isClosed, failure == nil else { return }
        isSendingOver = true
        put(.end)
    }

    /// Closes this end. The other end gets a reset if asked for, or if something is left unread, as on Linux.
    func close(reset: Bool) {
        guard !isClosed else { return }
        if failure == nil {
            if reset || !inbox.isEmpty { put(.reset) } else { finishSending() }
        }
        isClosed = true
        onReady = {}
        inbox.release()
    }

    /// Ends the world: lets go of whatever this end keeps alive.
    func dismantle() {
        other = nil
        onReady = {}
    }

    /// The host of this end has lost power: it sends nothing any more, not even a reset.
    func vanish() {
        isClosed = true
        onReady = {}
        silence()
    }

    /// The line goes dead, and neither end is told.
    func silence() {
        for end in [self, other].compactMap({ $0 }) {
            end.isSilent = true
            end.isInsisting = end.isInsisting || !end.underWay.isEmpty
            end.underWay = []
        }
    }

    /// The line breaks: both ends see an error.
    func breakDown() {
        fail(Self.connectionReset)
        other?.fail(Self.connectionReset)
    }

    /// The other host has come up again without this connection: it answers anything sent on it with a reset.
    func peerHasForgotten() {
        isForgotten = true
        if isInsisting { disown() }
    }

    private func disown() { world.after(road.delay(&world.random)) { self.fail(Self.connectionReset) } }

    private func fail(_ number: Int32) {
        guard failure == nil, !isClosed else { return }
        failure = number
        onReady()
    }

    private func put(_ item: Item) {
        guard !isSilent else {
            isInsisting = true
            if isForgotten { disown() }
            return
        }
        let arrival = max(underWay.last?.arrival ?? 0, world.now + road.delay(&world.random))
        underWay.append((arrival, item))
        planDrain()
    }

    private func planDrain() {
        guard !isDrainPlanned, let next = underWay.first else { return }
        isDrainPlanned = true
        world.at(max(next.arrival, road.closedUntil)) { self.drain() }
    }

    private func drain() {
        isDrainPlanned = false
        guard !isSilent else { return }
        if world.now >= road.closedUntil {
            var arrived = 0
            while arrived < underWay.count, underWay[arrived].arrival <= world.now {
                other?.arrive(underWay[arrived].item)
                if case .bytes(let bytes) = underWay[arrived].item { underWayCount -= bytes.count }
                arrived += 1
            }
            underWay.removeFirst(arrived)
        }
        planDrain()
    }

    private func arrive(_ item: Item) {
        switch item {
        case .bytes(let bytes):
            world.trace.note(UInt64(world.now), number)
            world.trace.note(bytes)
            if isClosed {
                // Nobody reads it here any more.
                other?.put(answering: .reset)
                return
            }
            guard failure == nil else { return }
            inbox.append(bytes)
        case .end:
            world.trace.note(UInt64(world.now), number, 1)
            hasInboxEnded = true
        case .reset:
            world.trace.note(UInt64(world.now), number, 2)
            return fail(Self.connectionReset)
        }
        onReady()
    }

    private func put(answering item: Item) {
        guard failure == nil, !isClosed else { return }
        world.after(road.delay(&world.random)) { self.fail(Self.connectionReset) }
    }

    // MARK: Receiving

    var isReadable: Bool { !inbox.isEmpty || hasInboxEnded || failure != nil }

    /// Up to `countMax` bytes that have arrived: empty at the end of the stream, nil if there are none now.
    func receive(_ countMax: Int) -> [UInt8]? {
        if inbox.isEmpty { return hasInboxEnded ? [] : nil }
        let count = min(countMax, inbox.count, road.pieceBytes(&world.random))
        let bytes = inbox.copy(0..<count)
        inbox.removeFirst(count)
        if let other, other.wantsRoom {
            other.wantsRoom = false
            world.after(road.delay(&world.random)) { other.onReady() }
        }
        return bytes
    }
}
