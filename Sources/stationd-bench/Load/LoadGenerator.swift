import Glibc

/// Puts load on one server and measures what comes back: callers that send requests, listeners that get notifications,
/// one thread, one loop.
@safe final class LoadGenerator {
    private static let listenerMark: UInt64 = 1 << 32
    private static let bufferBytes = 1 << 20
    /// Connections that are on their way at the same time while listeners join.
    private static let joiningMax = 64
    /// After so many seconds without any progress what is missing counts as lost.
    private static let patienceSeconds = 10.0
    private static let behindNanosecondsMax: Int64 = 60_000_000_000

    private let target: Target
    private let poller: Poller
    private let buffer: UnsafeMutableRawBufferPointer
    private var callers: [Requester] = []
    private(set) var listeners: [NotificationListener] = []
    private var idle: [Int] = []
    private var places = NotificationPlaces()
    private var ledger = ReceiptLedger()
    /// The first notification's frame payload, to learn its size and shape from.
    private(set) var samplePayload: [UInt8] = []
    private var joinedCount = 0

    // One run.
    private var load = Load()
    private var result = LoadResult()
    private var created = 0
    private var sent = 0
    private var measureFrom: Int64 = 0
    private var measureUntil: Int64 = 0
    private var hasMeasureBegun = false
    private var nextIntended: Int64 = 0
    private var intervalNanoseconds: Int64 = 0
    /// Before and within the measured time.
    private var deliveriesBefore = 0
    private var pingsBefore = 0
    private var processorBefore = 0.0
    private var foreignBefore = 0.0
    private var ownBefore = 0.0
    /// How long nothing has come within the measured time.
    private var idleNanoseconds: Int64 = 0
    /// With a processor of its own it does not sleep in a run: the server would have to wake it for each thing that it
    /// sends, which takes longer than the sending. In service those who listen are on other machines.
    private let spins = Processors.isPinned
    /// Between two looks of which the first finds nothing: the server takes the lock of what is looked at with each
    /// thing that it sends. Times are late by so much at most.
    private static let restNanoseconds: Int64 = 30_000

    /// Is called every few milliseconds of a run, with the number of requests that were answered.
    var look: ((Int) -> Void)?
    private static let lookNanoseconds: Int64 = 2_000_000

    init(_ target: Target) throws(BenchFault) {
        self.target = target
        poller = try Poller()
        unsafe buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.bufferBytes, alignment: 64)
    }

    deinit { unsafe buffer.deallocate() }

    // MARK: Listeners

    /// Connects so many listeners and waits until each has joined the namespace.
    func join(_ count: Int) throws(BenchFault) {
        let start = Clock.nanoseconds()
        while joinedCount < count {
            if listeners.count < count, listeners.count - joinedCount < Self.joiningMax {
                let listener = try NotificationListener(target, token: target.technicianToken(listeners.count))
                try poller.add(listener.descriptor, token: Self.listenerMark | UInt64(listeners.count))
                listeners.append(listener)
                if listeners.count % 16 != 0, listeners.count < count { continue }
            }
            try turn(milliseconds: listeners.count - joinedCount < Self.joiningMax && listeners.count < count ? 0 : 100)
            try Interruption.check()
            guard Clock.seconds(since: start) < 60 else { throw BenchFault("listeners cannot join within a minute") }
        }
    }

    /// Receives and answers pings for a while.
    func idle(seconds: Double) throws(BenchFault) {
        let start = Clock.nanoseconds()
        while Clock.seconds(since: start) < seconds {
            try turn(milliseconds: 20)
            try Interruption.check()
        }
    }

    /// Receives until the listeners have got so many notifications together, of tickets that others have filed, and
    /// gives how many seconds after `start` that was.
    ///
    /// - Parameter numbered: how many run numbers there are.
    func receive(_ count: Int, numbered: Int, since start: Int64) throws(BenchFault) -> Double {
        while ledger.filedCount < numbered { _ = ledger.file(intended: start) }
        ledger.countedFrom = start
        var last = Clock.nanoseconds()
        var lastCount = -1
        while ledger.deliveries < count {
            try turn(milliseconds: 100)
            try Interruption.check()
            if ledger.deliveries != lastCount { (lastCount, last) = (ledger.deliveries, Clock.nanoseconds()) }
            if Clock.seconds(since: last) > Self.patienceSeconds { break }
        }
        let seconds = Clock.seconds(since: start)
        ledger.finish(listeners.map(\.position), expected: numbered)
        return seconds
    }

    var lost: Int { ledger.lost }
    var doubled: Int { ledger.doubled }

    // MARK: A run

    func run(_ load: Load) throws(BenchFault) -> LoadResult {
        try begin(load)
        let start = Clock.nanoseconds()
        measureFrom = start + Int64((load.requestCount == nil ? load.warmUpSeconds : 0) * 1e9)
        measureUntil = load.requestCount == nil ? measureFrom + Int64(load.seconds * 1e9) : .max
        ledger.countedFrom = measureFrom
        nextIntended = start
        if case .rate(let rate) = load.pace { intervalNanoseconds = Int64(1e9 / rate) }
        var now = start
        var nextLook = start
        while now < measureUntil || isBehind, !isSpent || idle.count < callers.count {
            if !hasMeasureBegun, now >= measureFrom { beginMeasure(now) }
            try sendDue(now)
            let before = now
            let hasCome = try turn(milliseconds: spins ? 0 : waitMilliseconds(now))
            now = Clock.nanoseconds()
            if !hasCome {
                if spins { now = Clock.spin(until: before + Self.restNanoseconds) }
                idleNanoseconds += now - before
            }
            if now >= nextLook {
                nextLook = now + Self.lookNanoseconds
                look?(sent)
                try Interruption.check()
                guard now < measureUntil || now - measureUntil < Self.behindNanosecondsMax else {
                    throw BenchFault("the server is more than a minute behind the rate")
                }
            }
        }
        endMeasure(now)
        try drain()
        return result
    }

    /// Whether a request has not been sent yet that should have been before the end: with a rate each of them counts,
    /// or a server that stalls would be spared those that it kept from being sent.
    private var isBehind: Bool { load.pace != .closed && nextIntended < measureUntil }

    private func begin(_ load: Load) throws(BenchFault) {
        self.load = load
        result = LoadResult()
        (created, sent, hasMeasureBegun) = (0, 0, false)
        let request = TicketRequest(target, descriptionBytes: load.descriptionBytes)
        idle = []
        while callers.count < load.connections {
            let caller = try Requester(target, request)
            try poller.add(caller.descriptor, token: UInt64(callers.count))
            callers.append(caller)
        }
        if load.work != .create, let caller = callers.first {
            // There must be a ticket to read.
            let time = Clock.nanoseconds()
            try caller.file(ledger.file(intended: time), since: time)
            measureUntil = 0
            while caller.isBusy, Clock.seconds(since: time) < Self.patienceSeconds { try turn(milliseconds: 20) }
            guard !caller.isBusy else { throw BenchFault("requests are not answered") }
        }
        idle = Array(callers.indices.reversed())
    }

    private func beginMeasure(_ now: Int64) {
        hasMeasureBegun = true
        measureFrom = now
        deliveriesBefore = ledger.deliveries
        pingsBefore = pingCount
        processorBefore = target.figures.processorSeconds
        foreignBefore = foreignSeconds
        ownBefore = ownFigures.processorSeconds
        idleNanoseconds = 0
    }

    private func endMeasure(_ now: Int64) {
        result.seconds = Double(now - measureFrom) / 1e9
        result.deliveries = ledger.deliveries - deliveriesBefore
        result.pings = pingCount - pingsBefore
        result.processorSeconds = target.figures.processorSeconds - processorBefore
        let available = max(result.seconds, 1e-9) * Double(max(1, Processors.allowedCount))
        let share = (foreignSeconds - foreignBefore) / available
        result.foreignShare = min(1, max(0, share))
        let elapsed = max(result.seconds, 1e-9)
        result.generatorShare =
            spins
            ? 1 - Double(idleNanoseconds) / 1e9 / elapsed : (ownFigures.processorSeconds - ownBefore) / elapsed
        // What is answered after this is not counted.
        measureUntil = now
    }

    /// Processor time of all but this process and the server.
    private var foreignSeconds: Double {
        MachineFigures.processorSeconds - ownFigures.processorSeconds - target.figures.processorSeconds
    }

    private var ownFigures: ProcessFigures { ProcessFigures(pid: getpid()) }

    private var pingCount: Int { listeners.reduce(0) { $0 + $1.pings } }

    /// Whether all requests of a counted run were sent.
    private var isSpent: Bool { load.requestCount.map { sent >= $0 } ?? false }

    /// Sends what is due on the connections that are free.
    private func sendDue(_ now: Int64) throws(BenchFault) {
        while !idle.isEmpty, !isSpent {
            var time = now
            if case .rate = load.pace {
                guard nextIntended <= now, nextIntended < measureUntil else { return }
                time = nextIntended
                nextIntended += intervalNanoseconds
            }
            guard let index = idle.popLast() else { return }
            try send(callers[index], since: time)
        }
    }

    private func send(_ caller: Requester, since time: Int64) throws(BenchFault) {
        sent += 1
        if load.work == .create || (load.work == .mix && sent % 10 == 0) {
            try caller.file(ledger.file(intended: time), since: time)
        } else {
            try caller.read(since: time)
        }
    }

    private func waitMilliseconds(_ now: Int64) -> Int32 {
        guard case .rate = load.pace, !idle.isEmpty else { return 2 }
        return Int32(clamping: min(20, max(0, (nextIntended - now) / 1_000_000)))
    }

    /// Waits for all answers, and until each listener has got each ticket.
    private func drain() throws(BenchFault) {
        var last = Clock.nanoseconds()
        var lastCount = (-1, -1)
        while idle.count < callers.count || (listeners.contains { $0.position.passed < created }) {
            try turn(milliseconds: 20)
            try Interruption.check()
            let count = (ledger.deliveries, idle.count)
            if count != lastCount { (lastCount, last) = (count, Clock.nanoseconds()) }
            if Clock.seconds(since: last) > Self.patienceSeconds { break }
        }
        guard idle.count == callers.count else { throw BenchFault("requests are not answered") }
        // What comes twice comes at once.
        if !listeners.isEmpty { try self.idle(seconds: 0.05) }
        var ledger = ledger
        ledger.finish(listeners.map(\.position), expected: created)
        (result.lost, result.doubled) = (ledger.lost, ledger.doubled)
        (result.deliveryLatency, result.deliveriesInAll) = (ledger.latency, ledger.deliveries)
        result.created = created
    }

    // MARK: One turn

    /// Takes what has come to all.
    ///
    /// - Returns: false where nothing has.
    @discardableResult
    private func turn(milliseconds: Int32) throws(BenchFault) -> Bool {
        let count = poller.wait(milliseconds: milliseconds)
        for place in 0..<count {
            let token = poller.token(place)
            if token & Self.listenerMark != 0 {
                try receive(listeners[Int(token & (Self.listenerMark - 1))])
            } else {
                try receive(Int(token))
            }
        }
        return count > 0
    }

    private func receive(_ index: Int) throws(BenchFault) {
        let caller = callers[index]
        guard unsafe try caller.receive(buffer) else { return }
        let now = Clock.nanoseconds()
        if caller.isFiling { created += 1 }
        if hasMeasureBegun, now <= measureUntil || load.pace != .closed { count(caller, now) }
        // In a closed loop the next request goes out at once and not after the whole turn.
        if load.pace == .closed, now < measureUntil, !isSpent {
            try send(caller, since: now)
        } else {
            idle.append(index)
        }
    }

    private func count(_ caller: Requester, _ now: Int64) {
        guard caller.since >= measureFrom || load.pace == .closed else { return }
        result.replies += 1
        result.replyLatency.record(now - caller.since)
    }

    private func receive(_ listener: NotificationListener) throws(BenchFault) {
        let wasJoined = listener.isJoined
        let now = Clock.nanoseconds()
        unsafe try listener.receive(buffer) { (payload) throws(BenchFault) in
            if !places.isKnown {
                guard unsafe places.learn(from: payload) else { throw BenchFault("a notification of another ticket") }
                samplePayload = unsafe Array(payload)
            }
            guard let (sequence, end) = unsafe places.sequence(of: payload) else {
                let text = unsafe String(decoding: payload, as: UTF8.self)
                throw BenchFault("a notification without its number: \(text)")
            }
            ledger.received(sequence, by: &listener.position, at: now) {
                unsafe places.runNumber(of: payload, behind: end)
            }
        }
        if !wasJoined, listener.isJoined { joinedCount += 1 }
    }
}
