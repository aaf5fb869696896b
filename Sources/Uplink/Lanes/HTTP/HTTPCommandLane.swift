import Bytes
import HTTP
import JSON

/// Fetches commands by long polling. The next request is sent when all commands of the last answer were handled, and it
/// names the last of them, so that no command is fetched twice and none is missed.
public struct HTTPCommandLane: UplinkLane {
    /// How long the server may wait for a command before it answers without one.
    private static let waitSeconds: Int64 = 30
    private static let answerBytesMax = 1024 * 1024
    /// The most commands that an answer may have.
    private static let commandsMax = 1_000
    /// The shortest time between two requests, for a server that does not wait.
    private static let pauseMillis: Int64 = 1_000
    private static let graceMillis: Int64 = 15_000

    private var exchange: HTTPUplinkExchange
    private let stationEpoch: String
    private var after: UInt64
    private var epoch: String?
    /// The commands that were delivered and not acknowledged.
    private var open: [UInt64] = []
    private var events: [UplinkLaneEvent] = []
    private var askedAt: MonotonicTime
    /// When to ask again, if there is a pause.
    private var pausedUntil: MonotonicTime?
    private var isOver = false

    /// Starts on an open connection.
    ///
    /// - Parameters:
    ///   - host: the value of the field `Host`: the authority of the URL.
    ///   - last: the last command that was handled.
    ///   - wall: the time of day.
    public init(
        _ identity: UplinkIdentity, host: String, after last: (number: UInt64, epoch: String)?, wall: Timestamp,
        now: MonotonicTime
    ) {
        exchange = HTTPUplinkExchange(
            identity, host: host, answerBytesMax: Self.answerBytesMax, wall: wall, now: now)
        stationEpoch = identity.epoch
        after = last?.number ?? 0
        epoch = last?.epoch
        askedAt = now
        ask(now)
    }

    public mutating func setTime(_ wall: Timestamp) { exchange.wall = wall }

    private mutating func ask(_ now: MonotonicTime) {
        askedAt = now
        pausedUntil = nil
        var target = "/commands?after=\(after)&wait=\(Self.waitSeconds)"
        // An epoch has letters, digits, - and _ only, so it needs no escaping. An empty one belongs to other numbers.
        if let epoch { target += "&epoch=\(epoch)" }
        target += "&station_epoch=\(stationEpoch)"
        exchange.send(.get, target, timeoutMillis: Self.waitSeconds * 1000 + Self.graceMillis, now: now)
    }

    public var room: UplinkRoom? { nil }

    public mutating func ship(_ events: [UplinkEvent], now: MonotonicTime) {}

    public mutating func acknowledge(_ number: UInt64, now: MonotonicTime) {
        guard open.first == number else { return }
        open.removeFirst()
        after = number
        if open.isEmpty, !isOver { ask(now) }
    }

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

    public var deadline: MonotonicTime? { isOver ? nil : exchange.deadline ?? pausedUntil }

    public mutating func expire(now: MonotonicTime) {
        if let fault = exchange.expire(now: now) { return fail(fault) }
        if let pausedUntil, pausedUntil <= now, open.isEmpty { ask(now) }
    }

    private mutating func advance(_ now: MonotonicTime) {
        while let outcome = exchange.nextOutcome(now: now) {
            switch outcome {
            case .failed(let fault): return fail(fault)
            case .response(let response): handle(response, now)
            }
        }
    }

    private mutating func fail(_ fault: UplinkFault) {
        guard !isOver else { return }
        isOver = true
        events.append(.failed(fault))
    }

    private mutating func handle(_ response: HTTPResponse, _ now: MonotonicTime) {
        guard response.status == .ok else { return fail(exchange.fault(of: response)) }
        guard let answer = try? JSONParser.parse(response.body), let theirs = answer["epoch"]?.stringValue,
            Self.isEpoch(theirs), let commands = answer["commands"]?.arrayValue, commands.count <= Self.commandsMax
        else { return fail(UplinkFault("the central server's answer is not understood")) }
        if theirs != epoch { after = 0 }
        epoch = theirs
        var last = after
        // A signature covers the bytes as they came.
        let texts = response.body.elements(of: "commands")
        for (index, command) in commands.enumerated() {
            guard let number = command["number"]?.integerValue.flatMap({ UInt64(exactly: $0) }),
                number > last, number <= 1 << 53
            else {
                return fail(UplinkFault("the central server sent commands whose numbers do not rise"))
            }
            last = number
            open.append(number)
            events.append(
                .delivered(
                    UplinkDelivery(
                        number: number, epoch: theirs,
                        json: texts.count == commands.count ? texts[index] : command.encoded())))
        }
        guard commands.isEmpty else { return }
        let next = askedAt.advanced(byMilliseconds: Self.pauseMillis)
        if next <= now { ask(now) } else { pausedUntil = next }
    }

    private static func isEpoch(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { $0.isASCIILetter || $0.isASCIIDigit || $0 == 0x2D || $0 == 0x5F }
    }
}

extension [UInt8] {
    /// The texts of the elements of the array `name` of the object that these bytes spell; they were parsed before.
    fileprivate func elements(of name: StaticString) -> [[UInt8]] {
        let bytes = span
        var slicer = JSONSlicer()
        var elements: [[UInt8]] = []
        guard slicer.beginObject(in: bytes) else { return [] }
        while let found = slicer.nextMember(in: bytes) {
            guard bytes.holds(name, at: found) else {
                guard slicer.value(in: bytes) != nil else { return [] }
                continue
            }
            guard slicer.beginArray(in: bytes) else { return [] }
            while slicer.nextElement(in: bytes), let range = slicer.value(in: bytes) {
                elements.append(Array(self[range]))
            }
            return elements
        }
        return []
    }
}
