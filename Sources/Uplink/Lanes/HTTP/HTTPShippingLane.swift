import Bytes
import HTTP
import JSON

/// Ships events by POST in batches, one at a time (CloudEvents 1.0, HTTP protocol binding, batched content).
///
/// Before the first batch, and at intervals while there is nothing to ship, it asks what the server has of this
/// station.
public struct HTTPShippingLane: UplinkLane {
    /// A batch keeps a server busy for some milliseconds. Larger ones would gain little and delay other clients.
    static let batchCountMax = 256
    static let batchBytesMax = 256 * 1024
    /// The number of stored batches after which a larger one is tried.
    private static let storedBeforeGrowth = 16
    private static let answerBytesMax = 64 * 1024
    private static let timeoutMillis: Int64 = 30_000
    /// The slowest line that may use whole batches: the timeout of a batch grows with its size at this rate.
    private static let bytesPerSecondMin: Int64 = 4 * 1024
    /// The largest integer that every JSON parser can read.
    private static let sequenceMax: UInt64 = 1 << 53

    private enum Phase {
        case comparing
        case idle
        case shipping(Batch)
        case over
    }

    /// A batch that was sent and is not answered.
    private struct Batch {
        /// The sequence of the event before the first.
        let previous: UInt64
        /// The sequence of each event in order; nil for a snapshot, which has no place among them.
        let sequences: [UInt64?]
        let firstOrdinal: UInt64
        let firstID: String
    }

    private let epoch: String
    private let intervalMillis: Int64
    private var exchange: HTTPUplinkExchange
    private var phase = Phase.comparing
    private var events: [UplinkLaneEvent] = []
    /// The largest batch. It shrinks when the server or the line cannot handle more.
    public private(set) var batchMax: UplinkRoom
    /// The number of batches that were stored since `batchMax` last changed.
    private var storedInRow = 0
    /// The server's clock minus ours in milliseconds, as of the last comparison.
    public private(set) var clockOffsetMillis: Int64?
    /// The server's last event of this station, as of the last comparison.
    public private(set) var remoteMark: UplinkMark?

    /// Starts on an open connection.
    ///
    /// - Parameters:
    ///   - host: the value of the field `Host`: the authority of the URL.
    ///   - intervalMillis: how long without traffic until the server is asked again.
    ///   - batchMax: the `roomForNextConnection` of the last connection.
    ///   - position: what the server said on a connection that has just ended. Without it, a server that closes each
    ///     connection after one answer would only ever be asked.
    ///   - wall: the time of day.
    public init(
        _ identity: UplinkIdentity, host: String, intervalMillis: Int64, batchMax: UplinkRoom? = nil,
        position: UplinkPosition? = nil, wall: Timestamp, now: MonotonicTime
    ) {
        self.batchMax = batchMax ?? Self.wholeBatch
        epoch = identity.epoch
        self.intervalMillis = intervalMillis
        exchange = HTTPUplinkExchange(
            identity, host: host, answerBytesMax: Self.answerBytesMax, wall: wall, now: now)
        if let position {
            phase = .idle
            events = [.compared(position)]
        } else {
            compare(now)
        }
    }

    static let wholeBatch = UplinkRoom(count: batchCountMax, bytes: batchBytesMax)

    public mutating func setTime(_ wall: Timestamp) { exchange.wall = wall }

    private mutating func compare(_ now: MonotonicTime) {
        phase = .comparing
        exchange.send(.get, "", timeoutMillis: Self.timeoutMillis, now: now)
    }

    // MARK: Shipping

    public var room: UplinkRoom? {
        guard case .idle = phase, exchange.isReady else { return nil }
        return batchMax
    }

    /// The size that batches shrank or grew to, whatever the fault was.
    public func roomForNextConnection(after fault: UplinkFault, hadEventsInFlight: Bool) -> UplinkRoom? { batchMax }

    public mutating func ship(_ batch: [UplinkEvent], now: MonotonicTime) {
        guard case .idle = phase, let first = batch.first else { return }
        var body: [UInt8] = []
        body.reserveCapacity(batch.reduce(2) { $0 + $1.json.count + 1 })
        for (index, event) in batch.enumerated() {
            body.append(UInt8(ascii: index == 0 ? "[" : ","))
            body.append(contentsOf: event.json)
        }
        body.append(UInt8(ascii: "]"))
        phase = .shipping(
            Batch(
                previous: first.previous, sequences: batch.map { $0.isSnapshot ? nil : $0.sequence },
                firstOrdinal: first.ordinal, firstID: first.id))
        exchange.send(
            .post, "/events", contentType: "application/cloudevents-batch+json", body: body,
            timeoutMillis: Self.timeoutMillis + Int64(body.count) * 1_000 / Self.bytesPerSecondMin, now: now)
    }

    public mutating func acknowledge(_ number: UInt64, now: MonotonicTime) {}

    // MARK: Input

    public mutating func receive(_ bytes: Span<UInt8>, now: MonotonicTime) {
        exchange.receive(bytes)
        advance(now)
    }

    public mutating func inputClosed(now: MonotonicTime) {
        exchange.inputClosed()
        advance(now)
    }

    public mutating func drainOutput(into output: inout [UInt8]) { exchange.drainOutput(into: &output) }

    public mutating func nextEvent() -> UplinkLaneEvent? { events.isEmpty ? nil : events.removeFirst() }

    public var deadline: MonotonicTime? {
        switch phase {
        case .comparing, .shipping: exchange.deadline
        case .idle: exchange.lastAnswerAt.advanced(byMilliseconds: intervalMillis)
        case .over: nil
        }
    }

    public mutating func expire(now: MonotonicTime) {
        if let fault = exchange.expire(now: now) { return fail(fault) }
        guard case .idle = phase, exchange.isReady, let deadline, deadline <= now else { return }
        compare(now)
    }

    private mutating func advance(_ now: MonotonicTime) {
        while let outcome = exchange.nextOutcome(now: now) {
            switch outcome {
            case .failed(let fault): return fail(fault)
            case .response(let response):
                switch phase {
                case .comparing: finishComparison(response)
                case .shipping(let batch): finish(batch, response)
                case .idle, .over: fail(UplinkFault("the central server answered without being asked"))
                }
            }
        }
    }

    private mutating func fail(_ fault: UplinkFault) {
        if case .over = phase { return }
        // A batch that was too much for the line once would be too much again.
        if case .shipping(let batch) = phase, fault.remedy == .backOff { halveBatch(of: batch.sequences.count) }
        phase = .over
        events.append(.failed(fault))
    }

    /// Counts a stored batch. After a while a larger one is tried again.
    private mutating func grow() {
        storedInRow += 1
        guard storedInRow >= Self.storedBeforeGrowth else { return }
        storedInRow = 0
        batchMax = UplinkRoom(
            count: min(2 * batchMax.count, Self.batchCountMax), bytes: min(2 * batchMax.bytes, Self.batchBytesMax))
    }

    private mutating func halveBatch(of count: Int) {
        storedInRow = 0
        batchMax = UplinkRoom(count: max(1, count / 2), bytes: max(1, batchMax.bytes / 2))
    }

    // MARK: Answers

    private static let notUnderstood = UplinkFault("the central server's answer is not understood")

    private mutating func finishComparison(_ response: HTTPResponse) {
        guard response.status == .ok else { return fail(exchange.fault(of: response)) }
        guard let answer = (try? JSONParser.parse(response.body))?.objectValue,
            let accepted = Self.sequence(answer["acceptedThrough"]), let known = answer["epoch"]
        else { return fail(Self.notUnderstood) }
        noteClock(answer["time"]?.stringValue)
        phase = .idle
        let isOurs = known.stringValue == epoch
        remoteMark = nil
        if let last = answer["last"], let type = last["type"]?.stringValue, let time = last["time"]?.stringValue {
            remoteMark = UplinkMark(sequence: accepted, type: type, time: time)
        }
        events.append(.compared(isOurs ? .everything(through: accepted) : .nothing))
    }

    private mutating func noteClock(_ time: String?) {
        guard let time, let theirs = Timestamp(iso8601: time) else { return }
        let (difference, isOverflowing) = theirs.milliseconds.subtractingReportingOverflow(exchange.wall.milliseconds)
        clockOffsetMillis = isOverflowing ? nil : difference
    }

    private mutating func finish(_ batch: Batch, _ response: HTTPResponse) {
        switch response.status.rawValue {
        case 200: finishAccepted(batch, response)
        case 409:
            guard let value = (try? JSONParser.parse(response.body))?["expected"],
                let expected = Self.sequence(value), expected > 0
            else { return fail(Self.notUnderstood) }
            phase = .idle
            events.append(.rewound(to: expected - 1))
        case 413: shrink(batch, response)
        case 503:
            // The server may have stored as much of the batch as it had room for, and it recognises duplicates. A
            // smaller batch is more likely to fit.
            halveBatch(of: batch.sequences.count)
            fail(exchange.fault(of: response))
        default: fail(exchange.fault(of: response))
        }
    }

    private mutating func finishAccepted(_ batch: Batch, _ response: HTTPResponse) {
        guard let value = (try? JSONParser.parse(response.body))?["acceptedThrough"],
            let accepted = Self.sequence(value)
        else { return fail(Self.notUnderstood) }
        let last = batch.sequences.last { $0 != nil } ?? nil
        guard accepted <= max(last ?? 0, batch.previous) else {
            return fail(UplinkFault("the central server says it has events that it was not sent"))
        }
        phase = .idle
        // Snapshots are stored with the events around them.
        let storedCount = batch.sequences.prefix { $0.map { $0 <= accepted } ?? true }.count
        grow()
        if storedCount > 0 { events.append(.stored(through: batch.firstOrdinal + UInt64(storedCount - 1))) }
        if storedCount < batch.sequences.count { events.append(.rewound(to: accepted)) }
    }

    /// Halves the batch, because the server's limit is lower than ours.
    private mutating func shrink(_ batch: Batch, _ response: HTTPResponse) {
        guard batch.sequences.count > 1 else {
            return fail(
                UplinkFault(
                    "the central server does not accept event \(batch.firstID): it is too large (413)", .intervention))
        }
        halveBatch(of: batch.sequences.count)
        // The server may be short of room for a while only (RFC 9110, section 15.5.14).
        if let wait = exchange.retryAfter(response) {
            return fail(UplinkFault("the central server has no room for events at the moment (413)", wait))
        }
        phase = .idle
        events.append(.halved(behind: batch.previous))
    }

    /// Parses a sequence of 20 digits.
    private static func sequence(_ value: JSONValue?) -> UInt64? {
        guard let text = value?.stringValue, text.utf8.count == 20, let number = Decimal.parse(text),
            number <= sequenceMax
        else { return nil }
        return number
    }
}
