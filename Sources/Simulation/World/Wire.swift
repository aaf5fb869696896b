import Bytes

/// One end of a simulated stream connection. Bytes take their time, arrive in order and in pieces of any size, and
/// the other end takes only so many at once.
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
    /// A number of its own, for the trace.
    let number: UInt64
    /// Who is at the other end, as text.
    let peerAddress: IPAddress
    /// Nil when the world has ended.
    private(set) var other: WireEnd?

    /// Called when there may be something to receive, or room to send.
    var onReady: () -> Void = {}

    private var inbox = ByteQueue()
    private var hasInboxEnded = false
    private(set) var failure: Int32?
    private(set) var isClosed = false
    private var isSendingOver = false
    /// What this end has sent and the other has not yet received.
    private var underWay: [(arrival: Int64, item: Item)] = []
    private var underWayCount = 0
    private var isDrainPlanned = false
    private var wantsRoom = false
    /// Nothing arrives any more, in neither direction, and nobody is told.
    private(set) var isSilent = false
    /// The other host answers whatever comes with a reset: it has been without power and knows of no connection.
    private var isForgotten = false
    /// Something was sent and not received before the line went dead, or was sent since: the kernel tries again.
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

    /// Takes as many of the bytes as there is room for.
    ///
    /// - Returns: how many, or nil where the connection is broken.
    func send(_ bytes: [UInt8]) -> Int? {
        if failure != nil || isSendingOver || isClosed { return nil }
        let room = road.windowBytes - underWayCount - (other?.inbox.count ?? 0)
        let count = min(max(0, room), bytes.count)
        if count < bytes.count { wantsRoom = true }
        guard count > 0 else { return 0 }
        var start = 0
        while start < count {
            // What goes in one call may come in several pieces.
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

    /// Closes. Where something is left unread the other end gets a reset, as in Linux.
    func close(reset: Bool) {
        guard !isClosed else { return }
        if failure == nil {
            if reset || !inbox.isEmpty { put(.reset) } else { finishSending() }
        }
        isClosed = true
        onReady = {}
        inbox.release()
    }

    /// For the end of the world: nothing is kept alive by this end any more.
    func dismantle() {
        other = nil
        onReady = {}
    }

    /// The host behind this end has lost its power: not a word comes from here any more.
    func vanish() {
        isClosed = true
        onReady = {}
        silence()
    }

    /// The line goes dead without a word.
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

    /// The other host has come up again and knows nothing of the connection, and says so to whoever speaks to it.
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
                // Nobody is there to read it.
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

    /// What is there, at most so much; empty at the end of the stream, nil where nothing is there now.
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
