import Bytes
import Generators

@testable import DNS

/// A bad network with hostile servers, for one resolution.
struct BadNetwork {
    private struct Delivery {
        let time: Int64
        let server: IPAddress
        let number: Int
        /// Nil for an error of the operating system.
        let bytes: [UInt8]?
    }

    static let genuine = [IPAddress.ipv4(0xC000_0207), .ipv6(high: 0x2001_0DB8_0000_0000, low: 7)]
    private static let forged = ["192.0.2.66", "2001:db8::66"]
    private static let servers = [1, 2, 3].map { IPAddress.ipv4(0xC000_0200 | $0) }
    /// Three servers, two attempts of five seconds, three names, and one second for the other family.
    private static let millisMax: Int64 = (3 * 2 * 5 * 3 + 1) * 1000

    /// Whether an answer was changed in a way that no resolver can notice.
    private(set) var hasSpoiled = false
    private(set) var problems: [String] = []
    private var random: RepeatableGenerator
    private var deliveries: [Delivery] = []
    private var open: Set<Int> = []
    private var numbers: Set<Int> = []

    init(seed: UInt64) { random = RepeatableGenerator(seed: seed) }

    mutating func run() -> NameResolutionAction? {
        let text = Self.servers.map { "nameserver \($0)\n" }.joined() + "search x y\n"
        var now = MonotonicTime(milliseconds: 0)
        var resolution = NameResolution(
            of: "host", configuration: ResolverConfiguration(Array(text.utf8)), hosts: HostsFile(), using: &random,
            now: now)
        while now.milliseconds <= Self.millisMax {
            if let end = handleActions(&resolution, now) { return end }
            deliveries.sort { $0.time < $1.time }
            guard let deadline = resolution.deadline else {
                problems.append("nothing is awaited before the end")
                return nil
            }
            if let first = deliveries.first, first.time <= deadline.milliseconds {
                deliveries.removeFirst()
                now = MonotonicTime(milliseconds: max(now.milliseconds, first.time))
                if let bytes = first.bytes {
                    resolution.receive(bytes.span, from: first.server, query: first.number, now: now)
                } else {
                    resolution.fail(query: first.number, now: now)
                }
            } else {
                now = deadline
                resolution.expire(now: now)
            }
        }
        return nil
    }

    private mutating func handleActions(
        _ resolution: inout NameResolution, _ now: MonotonicTime
    ) -> NameResolutionAction? {
        while let action = resolution.nextAction(using: &random) {
            switch action {
            case .send(let bytes, let server, let number):
                if !numbers.insert(number).inserted { problems.append("the number \(number) was used twice") }
                open.insert(number)
                guard let query = DNSQuery(decoding: bytes) else {
                    problems.append("a query cannot be read")
                    continue
                }
                answer(query, number, from: server, now)
            case .close(let number):
                if open.remove(number) == nil { problems.append("\(number) was not open") }
            case .resolved, .failed:
                if !open.isEmpty { problems.append("\(open.sorted()) were left open") }
                if resolution.nextAction(using: &random) != nil { problems.append("more came after the end") }
                if resolution.deadline != nil { problems.append("there is a deadline after the end") }
                if numbers.count > 3 * 2 * 3 * 2 * 2 { problems.append("\(numbers.count) queries were sent") }
                return action
            }
        }
        return nil
    }

    /// Answers a query not at all, once or several times.
    private mutating func answer(_ query: DNSQuery, _ number: Int, from server: IPAddress, _ now: MonotonicTime) {
        for _ in 0..<Int.random(in: 0...3, using: &random) {
            let delay = Int64.random(in: 1...(Bool.random(using: &random) ? 100 : 20_000), using: &random)
            var server = server
            var bytes: [UInt8]?
            switch Int.random(in: 0..<9, using: &random) {
            case 0, 1: bytes = genuineAnswer(to: query)
            case 2: bytes = MessageWriter.answer(to: query, code: .random(in: 0...9, using: &random))
            case 3:
                server = Self.servers.randomElement(using: &random).flatMap { $0 == server ? nil : $0 } ?? .loopbackIPv4
                bytes = forgedAnswer(to: query, id: query.id)
            case 4: bytes = forgedAnswer(to: query, id: query.id &+ UInt16.random(in: 1...9, using: &random))
            case 5: bytes = MessageWriter(to: query, flags: 0x8380).bytes
            case 6:
                bytes = genuineAnswer(to: query)
                bytes?.append(contentsOf: [0, 0])
            case 7:
                bytes = genuineAnswer(to: query)
                let index = Int.random(in: 0..<(bytes?.count ?? 1), using: &random)
                bytes?[index] ^= 1 << UInt8.random(in: 0...7, using: &random)
                hasSpoiled = true
            default: bytes = nil
            }
            deliveries.append(
                Delivery(time: now.milliseconds + delay, server: server, number: number, bytes: bytes))
        }
    }

    private func genuineAnswer(to query: DNSQuery) -> [UInt8] {
        MessageWriter.answer(to: query, Self.genuine[query.type == .ipv4 ? 0 : 1].description)
    }

    private func forgedAnswer(to query: DNSQuery, id: UInt16) -> [UInt8] {
        let other = DNSQuery(id: id, name: query.name, type: query.type, hasOPT: query.hasOPT)
        return MessageWriter.answer(to: other, Self.forged[query.type == .ipv4 ? 0 : 1])
    }
}
