import Bytes
import Generators

@testable import DNS

/// A resolution whose network and clock are the test.
struct Exchange {
    struct Sent {
        let number: Int
        let query: DNSQuery
        let server: IPAddress
    }

    private(set) var resolution: NameResolution
    private(set) var now = MonotonicTime(milliseconds: 1_000_000)
    private(set) var sent: [Sent] = []
    private(set) var closed: [Int] = []
    private(set) var result: NameResolutionAction?
    private var random: RepeatableGenerator
    private var told = 0

    init(_ name: String, _ configuration: String, hosts: String = "", seed: UInt64 = 1) {
        random = RepeatableGenerator(seed: seed)
        resolution = NameResolution(
            of: name, configuration: ResolverConfiguration(Array(configuration.utf8)),
            hosts: HostsFile(Array(hosts.utf8)), using: &random, now: now)
        handleActions()
    }

    /// What was sent since the last call: `AAAA www.example.com 192.0.2.1`, with a plus sign after the type if there is
    /// an OPT record.
    mutating func news() -> [String] {
        defer { told = sent.count }
        return sent[told...].map {
            "\($0.query.type == .ipv6 ? "AAAA" : "A")\($0.query.hasOPT ? "+" : "") \($0.query.name) \($0.server)"
        }
    }

    /// The addresses with their time to live, or the fault's sentence; nil before the end.
    var outcome: String? {
        switch result {
        case .resolved(let resolved)?:
            let addresses = resolved.addresses.map(\.description).joined(separator: " ")
            return "\(addresses), \(resolved.timeToLiveSeconds.map { "\($0) s" } ?? "always")"
        case .failed(let fault)?: return fault.description
        default: return nil
        }
    }

    /// The milliseconds until the deadline.
    var wait: Int64? { resolution.deadline.map { $0.milliseconds(since: now) } }

    mutating func pass(milliseconds: Int64) {
        now = now.advanced(byMilliseconds: milliseconds)
        resolution.expire(now: now)
        handleActions()
    }

    /// Lets the time until the deadline pass.
    mutating func passDeadline() { pass(milliseconds: wait ?? 0) }

    /// Gives a datagram to the query that was sent as number `index`.
    mutating func receive(_ index: Int, from server: IPAddress? = nil, _ datagram: (DNSQuery) -> [UInt8]) {
        let query = sent[index]
        resolution.receive(
            datagram(query.query).span, from: server ?? query.server, query: query.number, now: now)
        handleActions()
    }

    mutating func receive(_ index: Int, _ addresses: String..., life: UInt32 = 300) {
        receive(index) { query in
            var writer = MessageWriter(to: query, answers: UInt16(addresses.count))
            for text in addresses { writer.append(address: text, life: life) }
            return writer.bytes
        }
    }

    mutating func receive(_ index: Int, code: UInt16) {
        receive(index) { MessageWriter.answer(to: $0, code: code) }
    }

    mutating func fail(_ index: Int) {
        resolution.fail(query: sent[index].number, now: now)
        handleActions()
    }

    private mutating func handleActions() {
        while let action = resolution.nextAction(using: &random) {
            switch action {
            case .send(let bytes, let server, let number):
                if let query = DNSQuery(decoding: bytes) {
                    sent.append(Sent(number: number, query: query, server: server))
                }
            case .close(let number): closed.append(number)
            case .resolved, .failed: result = action
            }
        }
    }
}

extension DNSQuery {
    /// Reads a query as a server does; nil if it is not exactly what we send.
    init?(decoding bytes: [UInt8]) {
        var reader = DNSReader(bytes)
        guard let id = try? reader.readUInt16(), let counts = try? reader.read(10), let wire = try? reader.readName(),
            let rawType = try? reader.readUInt16(), let type = DNSAddressType(rawValue: rawType)
        else { return nil }
        var labels: [String] = []
        var rest = wire[...]
        while let length = rest.first, length > 0 {
            labels.append(String(decoding: rest.dropFirst().prefix(Int(length)), as: UTF8.self))
            rest = rest.dropFirst(Int(length) + 1)
        }
        guard let name = try? DNSName(labels.joined(separator: ".")) else { return nil }
        self.init(id: id, name: name, type: type, hasOPT: counts.last == 1)
        guard self.bytes == bytes else { return nil }
    }
}
