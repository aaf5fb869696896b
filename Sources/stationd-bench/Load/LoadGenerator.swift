import Glibc

/// Puts load on one server and measures its answers: requesters send requests, listeners get notifications, all in one
/// loop on one thread.
@safe final class LoadGenerator {
    private static let listenerMark: UInt64 = 1 << 32
    private static let bufferBytes = 1 << 20
    /// Listeners that join at the same time.
    private static let joiningMax = 64
    /// After this many seconds without progress, everything missing counts as lost.
    private static let patienceSeconds = 10.0
    private static let behindNanosecondsMax: Int64 = 60_000_000_000

    private let target: Target
    private let poller: Poller
    private let buffer: UnsafeMutableRawBufferPointer
    private var requesters: [Requester] = []
    private(set) var listeners: [NotificationListener] = []
    /// Indices of the requesters that await no answer.
    private var free: [Int] = []
    private var places = NotificationPlaces()
    private var ledger = ReceiptLedger()
    /// The payload of the first notification's frame, from which to learn its shape.
    private(set) var samplePayload: [UInt8] = []
    private var joinedCount = 0

    // The state of one run.
    private var load = Load()
    private var result = LoadResult()
    private var created = 0
    private var sent = 0
    private var measureFrom: Int64 = 0
    private var measureUntil: Int64 = 0
    private var hasMeasureBegun = false
    private var nextIntended: Int64 = 0
    private var intervalNanoseconds: Int64 = 0
    // Counts when the measured time began.
    private var deliveriesBefore = 0
    private var pingsBefore = 0
    private var processorBefore = 0.0
    private var foreignBefore = 0.0
    private var ownBefore = 0.0
    /// How long nothing arrived within the measured time.
    private var idleNanoseconds: Int64 = 0
    /// With a processor of its own, the generator does not sleep during a run. The server would have to wake it with
    /// each send, which costs more than the send itself. In service, the listeners are on other machines.
    private let spins = Processors.isPinned
    /// The pause after a poll that found nothing, because each poll contends with the server's sends for the lock of
    /// the epoll instance. Measured times are late by this much at most.
    private static let restNanoseconds: Int64 = 30_000

    /// Called every few milliseconds of a run, with the number of requests sent.
    var look: ((Int) -> Void)?
    private static let lookNanoseconds: Int64 = 2_000_000

    init(_ target: Target) throws(BenchFault) {
        self.target = target
        poller = try Poller()
        unsafe buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.bufferBytes, alignment: 64)
    }

    deinit { unsafe buffer.deallocate() }

    // MARK: Listeners

    /// Connects listeners until there are `count`, and waits until each has joined the namespace.
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
            guard Clock.seconds(since: start) < 60 else {
                throw BenchFault("the listeners did not join within a minute")
            }
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

    /// Receives until the listeners together have `count` notifications of tickets filed earlier.
    ///
    /// - Parameter numbered: the number of run numbers in use.
    /// - Returns: the seconds from `start` until then.
    func catchUp(_ count: Int, numbered: Int, since start: Int64) throws(BenchFault) -> Double {
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

    /// Notifications lost, and received twice, so far.
    var lost: Int { ledger.lost }
    var doubled: Int { ledger.doubled }

    // MARK: A run

    /// Applies one load, waits for everything it caused, and returns what was measured.
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
        while now < measureUntil || isBehind, !isSpent || free.count < requesters.count {
            if !hasMeasureBegun, now >= measureFrom { beginMeasure(now) }
            try sendDue(now)
            let before = now
            let hasArrived = try turn(milliseconds: spins ? 0 : waitMilliseconds(now))
            now = Clock.nanoseconds()
            if !hasArrived {
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

    /// Whether a request that was due before the end has not been sent yet. With a rate, each of them counts; otherwise
    /// a stalling server would be spared the requests that it held up.
    private var isBehind: Bool { load.pace != .closed && nextIntended < measureUntil }

    private func begin(_ load: Load) throws(BenchFault) {
        self.load = load
        result = LoadResult()
        (created, sent, hasMeasureBegun) = (0, 0, false)
        let request = TicketRequest(target, descriptionBytes: load.descriptionBytes)
        free = []
        while requesters.count < load.connections {
            let requester = try Requester(target, request)
            try poller.add(requester.descriptor, token: UInt64(requesters.count))
            requesters.append(requester)
        }
        if load.work != .create, let requester = requesters.first {
            // There must be a ticket to read.
            let time = Clock.nanoseconds()
            try requester.file(ledger.file(intended: time), since: time)
            measureUntil = 0
            while requester.isBusy, Clock.seconds(since: time) < Self.patienceSeconds { try turn(milliseconds: 20) }
            guard !requester.isBusy else { throw BenchFault("the server does not answer requests") }
        }
        free = Array(requesters.indices.reversed())
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
        // Later answers are not counted.
        measureUntil = now
    }

    /// Processor seconds of all processes but this one and the server.
    private var foreignSeconds: Double {
        MachineFigures.processorSeconds - ownFigures.processorSeconds - target.figures.processorSeconds
    }

    private var ownFigures: ProcessFigures { ProcessFigures(pid: getpid()) }

    private var pingCount: Int { listeners.reduce(0) { $0 + $1.pings } }

    /// Whether a run with a fixed number of requests has sent them all.
    private var isSpent: Bool { load.requestCount.map { sent >= $0 } ?? false }

    /// Sends the requests that are due, on the connections that are free.
    private func sendDue(_ now: Int64) throws(BenchFault) {
        while !free.isEmpty, !isSpent {
            var time = now
            if case .rate = load.pace {
                guard nextIntended <= now, nextIntended < measureUntil else { return }
                time = nextIntended
                nextIntended += intervalNanoseconds
            }
            guard let index = free.popLast() else { return }
            try send(requesters[index], since: time)
        }
    }

    private func send(_ requester: Requester, since time: Int64) throws(BenchFault) {
        sent += 1
        if load.work == .create || (load.work == .mix && sent % 10 == 0) {
            try requester.file(ledger.file(intended: time), since: time)
        } else {
            try requester.read(since: time)
        }
    }

    private func waitMilliseconds(_ now: Int64) -> Int32 {
        guard case .rate = load.pace, !free.isEmpty else { return 2 }
        return Int32(clamping: min(20, max(0, (nextIntended - now) / 1_000_000)))
    }

    /// Waits for all answers, and until each listener has been told of each ticket.
    private func drain() throws(BenchFault) {
        var last = Clock.nanoseconds()
        var lastCount = (-1, -1)
        while free.count < requesters.count || (listeners.contains { $0.position.passed < created }) {
            try turn(milliseconds: 20)
            try Interruption.check()
            let count = (ledger.deliveries, free.count)
            if count != lastCount { (lastCount, last) = (count, Clock.nanoseconds()) }
            if Clock.seconds(since: last) > Self.patienceSeconds { break }
        }
        guard free.count == requesters.count else { throw BenchFault("the server does not answer requests") }
        // Duplicates, if any, follow at once.
        if !listeners.isEmpty { try idle(seconds: 0.05) }
        var ledger = ledger
        ledger.finish(listeners.map(\.position), expected: created)
        (result.lost, result.doubled) = (ledger.lost, ledger.doubled)
        result.deliveryLatency = ledger.latency
        result.created = created
    }

    // MARK: One turn

    /// Receives on every connection that has input.
    ///
    /// - Returns: false if none has.
    @discardableResult
    private func turn(milliseconds: Int32) throws(BenchFault) -> Bool {
        let count = poller.wait(milliseconds: milliseconds)
        for place in 0..<count {
            let token = poller.token(place)
            if token & Self.listenerMark != 0 {
                try receiveNotifications(listeners[Int(token & (Self.listenerMark - 1))])
            } else {
                try receiveAnswer(Int(token))
            }
        }
        return count > 0
    }

    private func receiveAnswer(_ index: Int) throws(BenchFault) {
        let requester = requesters[index]
        guard unsafe try requester.receive(buffer) else { return }
        let now = Clock.nanoseconds()
        if requester.isFiling { created += 1 }
        if hasMeasureBegun, now <= measureUntil || load.pace != .closed { count(requester, now) }
        // In a closed loop, the next request goes out at once instead of after the whole turn.
        if load.pace == .closed, now < measureUntil, !isSpent {
            try send(requester, since: now)
        } else {
            free.append(index)
        }
    }

    private func count(_ requester: Requester, _ now: Int64) {
        guard requester.since >= measureFrom || load.pace == .closed else { return }
        result.replies += 1
        result.replyLatency.record(now - requester.since)
    }

    private func receiveNotifications(_ listener: NotificationListener) throws(BenchFault) {
        let wasJoined = listener.isJoined
        let now = Clock.nanoseconds()
        unsafe try listener.receive(buffer) { (payload) throws(BenchFault) in
            if !places.isKnown {
                guard unsafe places.learn(from: payload) else {
                    throw BenchFault("a notification about a ticket that the bench did not file")
                }
                samplePayload = unsafe Array(payload)
            }
            guard let (sequence, end) = unsafe places.sequence(of: payload) else {
                let text = unsafe String(decoding: payload, as: UTF8.self)
                throw BenchFault("a notification without a sequence number: \(text)")
            }
            ledger.received(sequence, by: &listener.position, at: now) {
                unsafe places.runNumber(of: payload, after: end)
            }
        }
        if !wasJoined, listener.isJoined { joinedCount += 1 }
    }
}
