import Bytes
import Platform
import Server

/// The network as one simulated process sees it.
///
/// No time passes in `poll`: it returns what is ready. The appliance that runs the process plans the next turn for when
/// something is ready or the deadline is reached.
final class ProcessNetwork: Network {
    private enum Channel {
        case connecting
        case failed(Int32)
        case stream(WireEnd)
        case child(output: ByteQueue, hasEnded: Bool)
        /// Datagrams are never answered here.
        case datagram
    }

    private struct Slot {
        var generation: UInt32 = 0
        var channel: Channel?
        var reads = true
        var writes = false
        /// The connection attempt is over, and its outcome has not been asked for yet.
        var isDecided = false
    }

    static let tooManyOpenFiles: Int32 = 24
    private static let badDescriptor: Int32 = 9

    let world: World
    let life: ProcessLife
    private let internet: Internet
    private let address: IPAddress
    private let bug: PlantedBug?
    /// Runs a child's job in its own time and passes its output to `childEnded`.
    var startChild: (ChildJob, ConnectionID) -> Void = { _, _ in }
    /// Begins a synchronization, whose end is passed to `synchronized`.
    var startSync: (SyncRequest) -> Void = { _ in }
    /// Called when something may be ready.
    var onReady: () -> Void = {}

    private var slots: [Slot] = []
    private var listeners: [ListenerID: (port: UInt16, waiting: [WireEnd], accepts: Bool)] = [:]
    private var signals: [NetworkEvent] = []
    var wallOffsetMillis: Int64 = 0
    /// The number of descriptors that the process may have; one more fails with EMFILE.
    var descriptorsMax = 1000
    /// The number of descriptors open for files.
    var otherDescriptorCount: () -> Int = { 0 }
    private var hasDescriptor: Bool { openCount + otherDescriptorCount() < descriptorsMax }

    /// The deadline given to the last `poll`.
    private(set) var lastDeadline: MonotonicTime?
    /// Whether the last `poll` returned an event.
    private(set) var hadEvents = false
    private(set) var logBytes = 0
    private var line: [UInt8] = []
    /// Connections over which a notification was sent, for `forgottenSubscriber`.
    private var told: Set<ConnectionID> = []

    init(
        _ world: World, _ life: ProcessLife, _ internet: Internet, at address: IPAddress, bug: PlantedBug?
    ) {
        self.world = world
        self.life = life
        self.internet = internet
        self.address = address
        self.bug = bug
    }

    static let firstMillis: Int64 = 1_760_000_000_000

    /// Whether `moment` never changes.
    var clockStandsStill = false

    var moment: Moment {
        let millis = clockStandsStill ? 0 : world.now / 1000
        return Moment(
            wall: Timestamp(milliseconds: Self.firstMillis + wallOffsetMillis + millis),
            monotonic: MonotonicTime(milliseconds: 1_000_000 + millis))
    }

    /// The time in the world at which a deadline is reached.
    static func micros(of deadline: MonotonicTime) -> Int64 { max(0, deadline.milliseconds - 1_000_000) * 1000 }

    // MARK: The end of the process

    /// The number of descriptors open for connections.
    var openCount: Int { slots.count { $0.channel != nil } }

    private var streams: [WireEnd] {
        var ends = listeners.sorted { $0.key.rawValue < $1.key.rawValue }.flatMap(\.value.waiting)
        for slot in slots { if case .stream(let end)? = slot.channel { ends.append(end) } }
        return ends
    }

    /// Closes all connections, as the kernel does when a process ends.
    func closeAll() {
        for end in streams { end.close(reset: false) }
        forget()
    }

    func powerOff() {
        internet.powerOff(address, streams)
        forget()
    }

    private func forget() {
        for listener in listeners.values { internet.host(address).listeners[listener.port] = nil }
        listeners = [:]
        slots = []
        onReady = {}
    }

    /// The connections of clients, for faults.
    var clientEnds: [WireEnd] { streams }

    // MARK: Listening

    func listen(on endpoint: ListenEndpoint) throws(NetworkError) -> ListenerID {
        guard case .tcp(_, let port) = endpoint else {
            throw NetworkError(operation: "listen", errno: Self.badDescriptor, reason: "no Unix sockets here")
        }
        let listener = ListenerID(rawValue: Int32(listeners.count))
        listeners[listener] = (port, [], true)
        internet.host(address).listeners[port] = { [weak self] end in
            guard let self else { return }
            listeners[listener]?.waiting.append(end)
            onReady()
        }
        return listener
    }

    func port(of listener: ListenerID) -> UInt16 { listeners[listener]?.port ?? 0 }

    func watch(_ listener: ListenerID, accepting: Bool) {
        listeners[listener]?.accepts = accepting
        if accepting { onReady() }
    }

    func close(_ listener: ListenerID) {
        guard let closed = listeners.removeValue(forKey: listener) else { return }
        internet.host(address).listeners[closed.port] = nil
        for end in closed.waiting { end.close(reset: true) }
    }

    func accept(from listener: ListenerID) -> AcceptOutcome {
        guard life.call(), let end = listeners[listener]?.waiting.first else { return .none }
        listeners[listener]?.waiting.removeFirst()
        guard hasDescriptor else {
            end.close(reset: true)
            return .exhausted
        }
        let connection = open(.stream(end))
        end.onReady = { [weak self] in self?.onReady() }
        return .connection(connection, from: PeerAddress(end.peerAddress))
    }

    /// There is IPv4 alone.
    func isNeighbour(_ address: IPAddress) -> Bool { false }

    // MARK: The table

    private func open(_ channel: Channel) -> ConnectionID {
        let index = slots.firstIndex { $0.channel == nil } ?? slots.count
        if index == slots.count { slots.append(Slot()) }
        let generation = (slots[index].generation &+ 1) & 0x7FFF_FFFF
        slots[index] = Slot(generation: generation, channel: channel)
        return ConnectionID(slot: Int32(index), generation: generation)
    }

    private func index(_ connection: ConnectionID) -> Int? {
        let index = Int(connection.slot)
        guard slots.indices.contains(index), slots[index].channel != nil,
            slots[index].generation == connection.generation
        else { return nil }
        return index
    }

    // MARK: Waiting

    func signal(_ event: NetworkEvent) {
        signals.append(event)
        onReady()
    }

    func poll(into events: inout [NetworkEvent], until deadline: MonotonicTime?) -> Moment {
        events = life.isAlive ? signals : []
        signals = []
        lastDeadline = bug == .lostTimers ? nil : deadline
        if life.isAlive {
            var ready = readyEvents()
            ready.shuffle(using: &world.random)
            events += ready
        }
        hadEvents = !events.isEmpty
        return moment
    }

    var isReady: Bool { !signals.isEmpty || !readyEvents().isEmpty }

    private func readyEvents() -> [NetworkEvent] {
        var events: [NetworkEvent] = []
        for (listener, state) in listeners.sorted(by: { $0.key.rawValue < $1.key.rawValue })
        where state.accepts && !state.waiting.isEmpty { events.append(.acceptable(listener)) }
        for (index, slot) in slots.enumerated() {
            let connection = ConnectionID(slot: Int32(index), generation: slot.generation)
            switch slot.channel {
            case .connecting, .datagram, nil: break
            case .failed: events.append(.readable(connection))
            case .child(let output, let hasEnded):
                if slot.reads, !output.isEmpty || hasEnded { events.append(.readable(connection)) }
            case .stream(let end):
                if slot.isDecided || (slot.writes && end.hasRoom) { events.append(.writable(connection)) }
                if (slot.reads && end.isReadable) || end.failure != nil { events.append(.readable(connection)) }
            }
        }
        return events
    }

    // MARK: Outgoing connections

    func connect(to address: IPAddress, port: UInt16) throws(NetworkError) -> ConnectionID {
        guard life.call(), hasDescriptor else {
            throw NetworkError(
                operation: "socket", errno: Self.tooManyOpenFiles, reason: words(for: Self.tooManyOpenFiles))
        }
        let connection = open(.connecting)
        internet.connect(from: self.address, to: address, port: port) { [weak self] outcome in
            guard let self, let index = index(connection) else {
                if case .success(let end) = outcome { end.close(reset: true) }
                return
            }
            switch outcome {
            case .success(let end):
                end.onReady = { [weak self] in self?.onReady() }
                slots[index].channel = .stream(end)
            case .failure(let error): slots[index].channel = .failed(error.number)
            }
            slots[index].isDecided = true
            onReady()
        }
        return connection
    }

    func connectOutcome(of connection: ConnectionID) -> ConnectOutcome {
        guard let index = index(connection) else { return .failed(Self.badDescriptor) }
        switch slots[index].channel {
        case .connecting: return .pending
        case .failed(let number): return .failed(number)
        default:
            slots[index].isDecided = false
            return .connected
        }
    }

    func openDatagramSocket(to address: IPAddress, port: UInt16) throws(NetworkError) -> ConnectionID {
        open(.datagram)
    }

    func words(for errno: Int32) -> String {
        switch errno {
        case WireEnd.connectionReset: "connection reset by peer"
        case WireEnd.timedOut: "connection timed out"
        case WireEnd.refused: "connection refused"
        case Self.tooManyOpenFiles: "too many open files"
        default: "error \(errno)"
        }
    }

    // MARK: Bytes

    func receive(from connection: ConnectionID, into buffer: inout [UInt8]) -> ReceiveOutcome {
        guard life.call(), let index = index(connection) else { return .failed(Self.badDescriptor) }
        switch slots[index].channel {
        case .stream(let end):
            if let number = end.failure { return .failed(number) }
            guard let bytes = end.receive(buffer.count) else { return .wouldBlock }
            if bytes.isEmpty { return .ended }
            buffer.replaceSubrange(..<bytes.count, with: bytes)
            return .received(bytes.count)
        case .child(var output, let hasEnded):
            if output.isEmpty { return hasEnded ? .ended : .wouldBlock }
            let bytes = output.copy(0..<min(output.count, buffer.count))
            output.removeFirst(bytes.count)
            slots[index].channel = .child(output: output, hasEnded: hasEnded)
            buffer.replaceSubrange(..<bytes.count, with: bytes)
            return .received(bytes.count)
        case .failed(let number): return .failed(number)
        case .connecting, .datagram, nil: return .wouldBlock
        }
    }

    func send(_ bytes: inout ByteQueue, to connection: ConnectionID) -> SendOutcome {
        guard !bytes.isEmpty else { return .sent }
        guard life.call(), let index = index(connection) else { return .failed(Self.brokenPipe) }
        switch slots[index].channel {
        case .stream(let end):
            var content = bytes.copy()
            if bug == .replayMarkLost { Self.loseMarks(&content) }
            if bug == .answersSwapped { Self.swapAnswers(&content) }
            if bug == .forgottenSubscriber, isForgotten(connection, content) {
                bytes.removeAll()
                return .sent
            }
            if bug == .lostComment, Self.has("[\"support:ticket:commented\"", content) {
                bytes.removeAll()
                return .sent
            }
            guard let count = end.send(content) else { return .failed(end.failure ?? Self.brokenPipe) }
            if bug == .droppedBytes, count < content.count {
                bytes.removeAll()
                return .sent
            }
            bytes.removeFirst(count)
            return bytes.isEmpty ? .sent : .wouldBlock
        case .failed(let number): return .failed(number)
        default:
            bytes.removeAll()
            return .sent
        }
    }

    /// Whether these bytes hold a notification that is not the first on this connection.
    private func isForgotten(_ connection: ConnectionID, _ bytes: [UInt8]) -> Bool {
        Self.has("[\"support:ticket:", bytes) && !told.insert(connection).inserted
    }

    private static func has(_ text: String, _ bytes: [UInt8]) -> Bool {
        let mark = Array(text.utf8)
        return bytes.indices.contains { bytes[$0...].starts(with: mark) }
    }

    private static let brokenPipe = WireEnd.brokenPipe

    /// Puts the first of several answers last.
    private static func swapAnswers(_ bytes: inout [UInt8]) {
        let mark = Array("HTTP/1.1 ".utf8)
        guard bytes.starts(with: mark),
            let second = bytes.indices.dropFirst().first(where: { bytes[$0...].starts(with: mark) })
        else { return }
        bytes = Array(bytes[second...] + bytes[..<second])
    }

    /// Misspells each `replayed` mark, without changing the number of bytes.
    private static func loseMarks(_ bytes: inout [UInt8]) {
        let mark = Array("\"replayed\":true".utf8)
        guard bytes.count >= mark.count else { return }
        for start in 0...(bytes.count - mark.count) where bytes[start] == 0x22 {
            if bytes[start..<(start + mark.count)].elementsEqual(mark) { bytes[start + 1] = 0x52 }
        }
    }

    func watch(_ connection: ConnectionID, reading: Bool, writing: Bool) {
        guard let index = index(connection) else { return }
        slots[index].reads = reading
        slots[index].writes = writing
    }

    func finishSending(to connection: ConnectionID) {
        guard life.call(), let index = index(connection), case .stream(let end)? = slots[index].channel else { return }
        end.finishSending()
    }

    func close(_ connection: ConnectionID, reset: Bool) {
        guard life.isAlive, let index = index(connection) else { return }
        if case .stream(let end)? = slots[index].channel {
            if bug == .leakedDescriptor, end.failure != nil {
                // It stays in the table under a number that nobody has.
                slots[index].generation &+= 1
                slots[index].reads = false
                return
            }
            end.close(reset: reset)
        }
        slots[index].channel = nil
    }

    // MARK: Synchronizing

    func synchronize(_ request: SyncRequest) -> SyncOutcome? {
        startSync(request)
        return nil
    }

    /// The synchronization that was begun has ended.
    func synchronized(_ outcome: SyncOutcome) {
        // Readiness is told in no order, so this comes among other events.
        signals.append(.synchronized(outcome))
        onReady()
    }

    // MARK: Children and the log

    func start(_ command: ChildProcessCommand) throws(NetworkError) -> ConnectionID {
        guard life.call() else { throw NetworkError(operation: "posix_spawn", errno: 11, reason: "no process") }
        let connection = open(.child(output: ByteQueue(), hasEnded: false))
        if let job = ChildJob(command) { startChild(job, connection) }
        return connection
    }

    /// A child has ended after writing `output`.
    func childEnded(_ connection: ConnectionID, output: [UInt8]) {
        guard let index = index(connection) else { return }
        var queue = ByteQueue()
        queue.append(output)
        slots[index].channel = .child(output: queue, hasEnded: true)
        onReady()
    }

    func writeLog(_ lines: inout ByteQueue) {
        logBytes += lines.count
        if world.trace.keepsLines, life.isAlive {
            for part in lines.copy().split(separator: 0x0A) {
                // The story gives its own time, so the log's is dropped.
                let text = String(decoding: part, as: UTF8.self)
                world.tell("    \(address) \(text.dropFirst(25))")
            }
        }
        lines.removeAll()
    }
}
