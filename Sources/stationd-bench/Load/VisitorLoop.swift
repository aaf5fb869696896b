import Glibc

/// Groups of visitors at one server, and a listener that pings it, in one loop on one thread. What some do shows in how
/// long the others wait.
@safe final class VisitorLoop {
    private static let pingerToken = UInt64.max
    private static let bufferBytes = 1 << 20
    /// The pause after a poll that found nothing, as in `LoadGenerator`: measured times are late by this at most.
    private static let restNanoseconds: Int64 = 30_000
    /// A visitor whose connection was closed waits this long before it opens another one.
    private static let cutPauseNanoseconds: Int64 = 5_000_000
    private static let lookNanoseconds: Int64 = 2_000_000
    /// How long answers are awaited after the end of a run.
    private static let patienceSeconds = 20.0

    private let target: Target
    private let poller: Poller
    private let buffer: UnsafeMutableRawBufferPointer
    private let spins = Processors.isPinned

    private var groups: [VisitorGroup] = []
    private var visitors: [Visitor] = []
    private var results: [VisitorResult] = []
    private var number = 0

    private var pinger: NotificationListener?
    private var pingIntervalNanoseconds: Int64 = 0
    private var pingDue: Int64 = 0
    private var pingsSent = 0
    private var pingSince: Int64 = 0
    /// From ping to pong, in the last run.
    private(set) var pingLatency = Histogram()
    /// The share of the last run in which the server was ready to run and had no processor, and the same of this
    /// process. All latencies include it.
    private(set) var waitShares = (server: 0.0, own: 0.0)

    init(_ target: Target) throws(BenchFault) {
        self.target = target
        poller = try Poller()
        unsafe buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.bufferBytes, alignment: 64)
    }

    deinit { unsafe buffer.deallocate() }

    /// Adds a group, which takes part from the next run on.
    func add(_ group: VisitorGroup) {
        for _ in 0..<group.connections {
            visitors.append(Visitor(group, index: groups.count, port: target.port))
        }
        groups.append(group)
    }

    /// Connects a listener that pings from the next run on, and waits until it has what it missed.
    func join(_ token: String, everyMilliseconds: Int) throws(BenchFault) {
        let pinger = try NotificationListener(target, token: token)
        try poller.add(pinger.descriptor, token: Self.pingerToken)
        self.pinger = pinger
        pingIntervalNanoseconds = Int64(everyMilliseconds) * 1_000_000
        let start = Clock.nanoseconds()
        while !pinger.isJoined {
            guard Clock.seconds(since: start) < Self.patienceSeconds else {
                throw BenchFault("the listener did not join")
            }
            try turn(milliseconds: 20)
            try Interruption.check()
        }
        while try turn(milliseconds: 100), Clock.seconds(since: start) < Self.patienceSeconds {}
    }

    // MARK: A run

    /// Lets every group send for a while, and waits for the answers to all but those in a closed loop.
    ///
    /// - Returns: what each group got, in the order in which they were added.
    func run(seconds: Double) throws(BenchFault) -> [VisitorResult] {
        let start = Clock.nanoseconds()
        let end = start + Int64(seconds * 1e9)
        begin(at: start)
        let waitedBefore = waitedSeconds
        var now = start
        var nextLook = start
        while now < end {
            try sendDue(now)
            try turnOrRest()
            now = Clock.nanoseconds()
            if now >= nextLook {
                nextLook = now + Self.lookNanoseconds
                try Interruption.check()
            }
        }
        // Meanwhile the closed loops go on, so that nobody is spared.
        while isAwaiting, Clock.seconds(since: end) < Self.patienceSeconds {
            try sendDue(Clock.nanoseconds(), isOver: true)
            try turnOrRest()
            try Interruption.check()
        }
        noteUnanswered()
        let (waited, elapsed) = (waitedSeconds, Clock.seconds(since: start))
        waitShares = (
            (waited.server - waitedBefore.server) / elapsed, (waited.own - waitedBefore.own) / elapsed
        )
        return results
    }

    private var waitedSeconds: (server: Double, own: Double) {
        (target.figures.waitedSeconds, ProcessFigures(pid: getpid()).waitedSeconds)
    }

    /// Lets the only group send until the server has answered so often with success.
    func run(successes: Int) throws(BenchFault) {
        begin(at: Clock.nanoseconds())
        let start = Clock.nanoseconds()
        while results[0].successes < successes {
            guard results[0].answers + results[0].cuts < successes * 2, Clock.seconds(since: start) < 600 else {
                throw BenchFault("\(groups[0].name): \(results[0].text)")
            }
            try sendDue(Clock.nanoseconds())
            try turn(milliseconds: 1)
            try Interruption.check()
        }
    }

    private func begin(at start: Int64) {
        results = Array(repeating: VisitorResult(), count: groups.count)
        pingLatency = Histogram()
        pingDue = start
        for visitor in visitors where !visitor.isBusy {
            visitor.due = start
            if case .once(let after) = groups[visitor.group].pace { visitor.due += Int64(after) * 1_000_000 }
        }
    }

    private func sendDue(_ now: Int64, isOver: Bool = false) throws(BenchFault) {
        for (index, visitor) in visitors.enumerated() where !visitor.isBusy && visitor.due <= now {
            if isOver, groups[visitor.group].pace != .closed { continue }
            let since: Int64
            switch groups[visitor.group].pace {
            case .closed: since = now
            case .every(let milliseconds):
                since = visitor.due
                visitor.due += Int64(milliseconds) * 1_000_000
            case .once:
                since = visitor.due
                visitor.due = .max
            }
            number += 1
            if try visitor.begin(number: number, since: since) {
                try poller.add(visitor.descriptor, token: UInt64(index))
            }
            if visitor.isSending { poller.setWriting(true, visitor.descriptor, token: UInt64(index)) }
        }
        if let pinger, pinger.pongs == pingsSent, pingDue <= now, !isOver {
            pingSince = pingDue
            pingDue += pingIntervalNanoseconds
            pingsSent += 1
            try pinger.ping()
        }
    }

    /// Whether a visitor that has a pace, or the pinger, waits for an answer.
    private var isAwaiting: Bool {
        visitors.contains { $0.isBusy && groups[$0.group].pace != .closed } || (pinger?.pongs ?? 0) < pingsSent
    }

    /// Counts what was never answered with the time waited so far.
    private func noteUnanswered() {
        let now = Clock.nanoseconds()
        for visitor in visitors where visitor.isBusy && groups[visitor.group].pace != .closed {
            results[visitor.group].latency.record(now - visitor.since)
            results[visitor.group].cuts += 1
            visitor.close()
        }
        if let pinger, pinger.pongs < pingsSent { pingLatency.record(now - pingSince) }
    }

    // MARK: One turn

    private func turnOrRest() throws(BenchFault) {
        let before = Clock.nanoseconds()
        if try !turn(milliseconds: spins ? 0 : 1), spins { _ = Clock.spin(until: before + Self.restNanoseconds) }
    }

    /// Handles every connection that has an event. Returns false if none has.
    @discardableResult
    private func turn(milliseconds: Int32) throws(BenchFault) -> Bool {
        let count = poller.wait(milliseconds: milliseconds)
        for place in 0..<count {
            let token = poller.token(place)
            if token == Self.pingerToken {
                try receivePongs()
                continue
            }
            let visitor = visitors[Int(token)]
            if poller.canWrite(place) {
                visitor.sendRest()
                if !visitor.isSending { poller.setWriting(false, visitor.descriptor, token: token) }
            }
            handle(unsafe visitor.receive(buffer), of: visitor)
        }
        return count > 0
    }

    private func handle(_ outcome: Visitor.Outcome, of visitor: Visitor) {
        let now = Clock.nanoseconds()
        switch outcome {
        case .nothing: break
        case .answered(let status):
            results[visitor.group].latency.record(now - visitor.since)
            results[visitor.group].statuses[status, default: 0] += 1
            if case .every(let milliseconds) = groups[visitor.group].pace {
                let interval = Int64(milliseconds) * 1_000_000
                visitor.due = results[visitor.group].latency.recordMissed(
                    from: visitor.due, every: interval, until: now)
            }
        case .cut:
            results[visitor.group].cuts += 1
            visitor.due = max(visitor.due, now + Self.cutPauseNanoseconds)
        }
    }

    private func receivePongs() throws(BenchFault) {
        guard let pinger else { return }
        let before = pinger.pongs
        unsafe try pinger.receive(buffer) { (_) throws(BenchFault) in }
        guard pinger.pongs > before else { return }
        let now = Clock.nanoseconds()
        pingLatency.record(now - pingSince)
        pingDue = pingLatency.recordMissed(from: pingDue, every: pingIntervalNanoseconds, until: now)
    }
}
