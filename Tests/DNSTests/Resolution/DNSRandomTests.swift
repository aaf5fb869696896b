import Bytes
import Generators
import Testing

@testable import DNS

/// Whatever arrives, nothing traps, and every result is one that a server can have meant.
@Suite struct DNSRandomTests {
    /// A well-formed answer with all kinds of records.
    private static func answer(to query: DNSQuery) -> [UInt8] {
        var writer = MessageWriter(to: query, answers: 4, authorities: 1, additionals: 2)
        writer.append(alias: [1, 0x61, 0xC0, 16], life: 60)
        writer.append(owner: [1, 0x61, 0xC0, 16], alias: [1, 0x62, 0])
        writer.append(owner: [1, 0x62, 0], address: "192.0.2.1")
        writer.append(owner: [1, 0x62, 0], address: "2001:db8::1")
        writer.append(type: 6, [0, 0] + [UInt8](repeating: 1, count: 20))
        writer.append(type: 16, [2, 0x68, 0x69])
        writer.append(owner: [0], type: 41, itsClass: 1232, life: 0, [0, 10, 0, 2, 1, 2])
        return writer.bytes
    }

    private static func mutate(_ bytes: inout [UInt8], from start: Int, _ random: inout RepeatableGenerator) {
        for _ in 0..<Int.random(in: 1...6, using: &random) where bytes.count > start + 1 {
            let index = Int.random(in: start..<bytes.count, using: &random)
            switch Int.random(in: 0..<6, using: &random) {
            case 0: bytes[index] = .random(in: 0...255, using: &random)
            case 1: bytes[index] ^= 1 << UInt8.random(in: 0...7, using: &random)
            case 2: bytes.remove(at: index)
            case 3: bytes.insert(.random(in: 0...255, using: &random), at: index)
            case 4: bytes.replaceSubrange(index..., with: [0xC0, UInt8.random(in: 0...255, using: &random)])
            default: bytes.removeSubrange(index...)
            }
        }
    }

    @Test func `mutated answers never trap`() throws {
        var random = RepeatableGenerator.announced("DNSRandomTests, mutated answers")
        let name = try DNSName("www.example.com")
        var readCount = 0
        for _ in 0..<10_000 {
            let type: DNSAddressType = Bool.random(using: &random) ? .ipv4 : .ipv6
            let query = DNSQuery(id: 7, name: name, type: type, hasOPT: true)
            var bytes = Self.answer(to: query)
            Self.mutate(&bytes, from: Bool.random(using: &random) ? 33 : 0, &random)
            guard let response = try? DNSResponse(bytes, to: query) else { continue }
            readCount += 1
            if case .addresses(let addresses, let life) = response {
                let areMeant = addresses.allSatisfy { $0.isIPv6 == (type == .ipv6) && $0.isUnicast }
                #expect(!addresses.isEmpty && areMeant)
                #expect((0...DNSMessage.timeToLiveSecondsMax).contains(life))
            }
        }
        #expect(readCount > 300)
    }

    @Test func `random bytes after the question never trap`() throws {
        var random = RepeatableGenerator.announced("DNSRandomTests, random answers")
        let query = DNSQuery(id: 7, name: try DNSName("a"), type: .ipv4, hasOPT: true)
        for _ in 0..<10_000 {
            var writer = MessageWriter(
                to: query, flags: 0x8180 | .random(in: 0...0x3FF, using: &random),
                answers: .random(in: 0...3, using: &random), authorities: .random(in: 0...1, using: &random),
                additionals: .random(in: 0...1, using: &random))
            let small = Bool.random(using: &random)
            for _ in 0..<Int.random(in: 0...60, using: &random) {
                writer.append(garbage: [.random(in: 0...(small ? 12 : 255), using: &random)])
            }
            _ = try? DNSResponse(writer.bytes, to: query)
        }
    }

    /// As much work as one datagram can cause.
    @Test(.timeLimit(.minutes(1))) func `the costliest answers are read quickly`() throws {
        let query = DNSQuery(id: 7, name: try DNSName("a"), type: .ipv4, hasOPT: true)
        var writer = MessageWriter(to: query, answers: 0xFFFF)
        var chain: [UInt8] = []
        var last = 12
        let start = writer.bytes.count + 12
        while chain.count < 600 {
            chain += [0xC0 | UInt8(last >> 8), UInt8(last & 0xFF)]
            last = start + chain.count - 2
        }
        writer.append(type: 16, chain)
        while writer.bytes.count < DNSMessage.bytesMax - 16 {
            writer.append(owner: [0xC0 | UInt8(last >> 8), UInt8(last & 0xFF)], address: "192.0.2.1")
        }
        for _ in 0..<1000 {
            #expect(throws: DNSMessageFault.malformed("a name breaks off")) { try DNSResponse(writer.bytes, to: query) }
        }
    }

    @Test func `files of random words never trap`() {
        var random = RepeatableGenerator.announced("DNSRandomTests, files")
        let words = [
            "nameserver", "search", "domain", "options", "192.0.2.1", "::1", "::", ":", "%", "ndots:", "timeout:3",
            "attempts:", "99999999999999999999", "rotate", "a", "a.b", ".", "-", "#", ";", "\n", "\n", "\r\n", "\t",
            " ",
            " ", "\u{0}", "é", "1.2.3.4.5", "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255",
        ]
        for _ in 0..<5000 {
            var bytes: [UInt8] = []
            for _ in 0..<Int.random(in: 0...30, using: &random) {
                bytes += Array((words.randomElement(using: &random) ?? "").utf8)
                if Int.random(in: 0..<20, using: &random) == 0 { bytes.append(.random(in: 0...255, using: &random)) }
            }
            let configuration = ResolverConfiguration(bytes)
            #expect((1...3).contains(configuration.nameservers.count) && configuration.search.count <= 6)
            let addresses = HostsFile(bytes).addresses(of: "a")
            #expect(!addresses.contains { !$0.isUnicast })
            for text in bytes.split(separator: 0x20) {
                let text = String(decoding: text, as: UTF8.self)
                if let address = IPAddress(text: text) { #expect(IPAddress(text: address.description) == address) }
                if let name = try? DNSName(text) { #expect((1...255).contains(name.wire.count)) }
            }
        }
    }

    // MARK: - Resolutions

    /// Answers are lost, delayed, repeated, forged and spoilt. Every resolution ends in time, closes each query once
    /// and before the end, and returns only addresses that a server has sent.
    @Test func `resolutions survive a bad network`() {
        var random = RepeatableGenerator.announced("DNSRandomTests, bad networks")
        var resolvedCount = 0
        for round in 0..<2000 {
            var network = BadNetwork(seed: random.next())
            let outcome = network.run()
            if case .resolved(let resolved)? = outcome {
                resolvedCount += 1
                let genuine = resolved.addresses.allSatisfy { BadNetwork.genuine.contains($0) }
                #expect(genuine || network.hasSpoiled, "round \(round): \(resolved)")
            }
            #expect(outcome != nil, "round \(round) has no end")
            #expect(network.problems == [], "round \(round)")
        }
        #expect(resolvedCount > 500)
    }
}
