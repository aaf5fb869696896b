import Bytes
import Platform
import Server
import Store

/// A network in memory. Everything that peers send arrives at once.
final class FuzzNetwork: Network {
    private struct Peer {
        var received: [UInt8] = []
        var hasEnded = false
        var isReading = true
        var isWriting = false
        var isConnecting = false
        /// It accepts no bytes for now.
        var isStalled = false
        /// The bytes that it accepts although it is stalled.
        var allowance = 0
        var address = PeerAddress(.ipv4(0xC000_0209))
        var job: ChildJob?
    }

    var now: Moment
    private(set) var sentBytes = 0
    /// What was sent to each connection that is recorded.
    private(set) var sent: [ConnectionID: [UInt8]] = [:]
    /// The id of the Engine.IO session that was opened last.
    private(set) var session = "none"
    private var peers: [ConnectionID: Peer] = [:]
    private var waiting: [ListenerID: [ConnectionID]] = [:]
    private var signals: [NetworkEvent] = []
    private var lastSlot: Int32 = 0

    init(now: Moment) { self.now = now }

    // MARK: Peers

    /// Opens a connection to a listener.
    func open(at listener: ListenerID, from address: PeerAddress? = nil) -> ConnectionID {
        var peer = Peer()
        if let address { peer.address = address }
        let id = make(peer)
        waiting[listener, default: []].append(id)
        return id
    }

    func isOpen(_ id: ConnectionID) -> Bool { peers[id] != nil }

    func send(_ bytes: [UInt8], from id: ConnectionID) { peers[id]?.received += bytes }

    func end(_ id: ConnectionID) { peers[id]?.hasEnded = true }

    func stall(_ id: ConnectionID, _ isStalled: Bool) { peers[id]?.isStalled = isStalled }

    /// Lets a stalled peer accept this number of bytes.
    func read(_ count: Int, at id: ConnectionID) { peers[id]?.allowance += count }

    /// Keeps what is sent to a connection from now on.
    func record(_ id: ConnectionID) { sent[id] = [] }

    /// The connections that the station has opened, without children.
    var outgoing: [ConnectionID] { ids { $0.job == nil }.filter { !incoming.contains($0) } }

    /// The oldest child and its job.
    var child: (id: ConnectionID, job: ChildJob)? {
        child { _ in true }
    }

    /// The oldest child with a matching job.
    func child(where isMeant: (ChildJob) -> Bool) -> (id: ConnectionID, job: ChildJob)? {
        ids { $0.job.map(isMeant) ?? false }.first.flatMap { id in peers[id]?.job.map { (id, $0) } }
    }

    func signal(_ event: NetworkEvent) { signals.append(event) }

    private var incoming: Set<ConnectionID> = []
    /// The open connections, the oldest first.
    private var order: [ConnectionID] = []

    private func ids(_ isMeant: (Peer) -> Bool) -> [ConnectionID] {
        order.filter { peers[$0].map(isMeant) ?? false }
    }

    private func make(_ peer: Peer, isIncoming: Bool = true) -> ConnectionID {
        lastSlot += 1
        let id = ConnectionID(slot: lastSlot, generation: 1)
        peers[id] = peer
        order.append(id)
        if isIncoming { incoming.insert(id) }
        return id
    }

    // MARK: Network

    /// Whether synchronizations end only by `endSync`.
    var holdsSyncs = false
    private(set) var isSyncUnderWay = false

    /// The disk is in memory.
    func synchronize(_ request: SyncRequest) -> SyncOutcome? {
        isSyncUnderWay = holdsSyncs
        return holdsSyncs ? nil : .durable
    }

    /// Ends the synchronization under way.
    func endSync(_ outcome: SyncOutcome = .durable) {
        isSyncUnderWay = false
        signals.append(.synchronized(outcome))
    }

    func listen(on endpoint: ListenEndpoint) throws(NetworkError) -> ListenerID {
        let id = ListenerID(rawValue: Int32(waiting.count))
        waiting[id] = []
        return id
    }

    func port(of listener: ListenerID) -> UInt16 { 8080 }

    func watch(_ listener: ListenerID, accepting: Bool) {}

    func close(_ listener: ListenerID) { waiting[listener] = nil }

    func poll(into events: inout [NetworkEvent], until deadline: MonotonicTime?) -> Moment {
        events = signals
        signals = []
        for (listener, queue) in waiting.sorted(by: { $0.key.rawValue < $1.key.rawValue }) where !queue.isEmpty {
            events.append(.acceptable(listener))
        }
        let arriving = Set(waiting.values.joined())
        for id in order where !arriving.contains(id) {
            guard let peer = peers[id] else { continue }
            if peer.isReading, !peer.received.isEmpty || peer.hasEnded { events.append(.readable(id)) }
            let hasRoom = !peer.isStalled || peer.allowance > 0
            if peer.isConnecting || (peer.isWriting && hasRoom) { events.append(.writable(id)) }
        }
        return now
    }

    func accept(from listener: ListenerID) -> AcceptOutcome {
        guard let id = waiting[listener]?.first else { return .none }
        waiting[listener]?.removeFirst()
        return .connection(id, from: peers[id]?.address ?? .local)
    }

    /// The networks on the station's own links.
    var links: [IPNetwork] = []

    func isNeighbour(_ address: IPAddress) -> Bool { links.contains { $0.contains(address) } }

    func connect(to address: IPAddress, port: UInt16) throws(NetworkError) -> ConnectionID {
        var peer = Peer()
        peer.isConnecting = true
        return make(peer, isIncoming: false)
    }

    func connectOutcome(of connection: ConnectionID) -> ConnectOutcome {
        peers[connection]?.isConnecting = false
        return .connected
    }

    func openDatagramSocket(to address: IPAddress, port: UInt16) throws(NetworkError) -> ConnectionID {
        make(Peer(), isIncoming: false)
    }

    func words(for errno: Int32) -> String { "error \(errno)" }

    func receive(from connection: ConnectionID, into buffer: inout [UInt8]) -> ReceiveOutcome {
        guard let peer = peers[connection] else { return .failed(9) }
        guard !peer.received.isEmpty else { return peer.hasEnded ? .ended : .wouldBlock }
        let count = min(peer.received.count, buffer.count)
        buffer.replaceSubrange(..<count, with: peer.received[..<count])
        peers[connection]?.received.removeFirst(count)
        return .received(count)
    }

    func send(_ bytes: inout ByteQueue, to connection: ConnectionID) -> SendOutcome {
        guard let peer = peers[connection] else { return .failed(32) }
        let count = peer.isStalled ? min(peer.allowance, bytes.count) : bytes.count
        if peer.isStalled { peers[connection]?.allowance -= count }
        sentBytes += count
        noteSession(bytes)
        if sent[connection] != nil { sent[connection]? += bytes.copy(0..<count) }
        bytes.removeFirst(count)
        return bytes.isEmpty ? .sent : .wouldBlock
    }

    /// Looks for `0{"sid":"…` after the head of an answer or at the start of a frame.
    private func noteSession(_ bytes: ByteQueue) {
        guard bytes.count < 1024 else { return }
        let parts = bytes.copy().split(separator: 0x22, maxSplits: 4, omittingEmptySubsequences: false)
        guard parts.count > 3, parts[0].suffix(2) == [0x30, 0x7B], parts[1] == [UInt8]("sid")[...] else { return }
        session = String(decoding: parts[3], as: UTF8.self)
    }

    func watch(_ connection: ConnectionID, reading: Bool, writing: Bool) {
        peers[connection]?.isReading = reading
        peers[connection]?.isWriting = writing
    }

    func finishSending(to connection: ConnectionID) {}

    func close(_ connection: ConnectionID, reset: Bool) {
        peers[connection] = nil
        order.removeAll { $0 == connection }
    }

    func start(_ command: ChildProcessCommand) throws(NetworkError) -> ConnectionID {
        make(Peer(job: ChildJob(command)), isIncoming: false)
    }

    func writeLog(_ lines: inout ByteQueue) { lines.removeAll() }
}
