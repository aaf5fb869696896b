import Bytes
import DNS

extension FuzzMachine {
    /// A resolution with name servers that may answer anything. The first byte chooses the configuration. Then each
    /// step is a byte for what happens, one for the query, and its data: a datagram with its length before it, either
    /// whole or without the query's id and question, or a time.
    static let dns = FuzzMachine(
        "dns", bytesMax: 512,
        words: [
            "\u{7}example\u{3}com", "\u{0}\u{1}\u{0}\u{1}", "\u{0}\u{1C}\u{0}\u{1}", "\u{0}\u{5}\u{0}\u{1}", "\u{0})",
        ],
        seeds: { dnsSeeds() },
        body: { bytes in
            var input = FuzzInput(bytes)
            var client = ResolvingClient(input.byte())
            while !input.isAtEnd { client.step(&input) }
            client.finish()
        })

    private static func dnsSeeds() -> [[UInt8]] {
        // After the header and the question: a pointer to the question's name, type, class, TTL, length, data.
        func record(_ type: UInt8, _ data: [UInt8], owner: [UInt8] = [0xC0, 12]) -> [UInt8] {
            owner + [0, type, 0, 1, 0, 0, 1, 44, 0, UInt8(truncatingIfNeeded: data.count)] + data
        }
        func answer(_ query: UInt8, answers: UInt8, _ records: [UInt8], flags: [UInt8] = [0x81, 0x80]) -> [UInt8] {
            let rest = flags + [answers, 0, 0] + records
            return [0, query, UInt8(truncatingIfNeeded: rest.count)] + rest
        }
        let v6 = record(28, [0x20, 1, 0x0D, 0xB8] + [UInt8](repeating: 0, count: 11) + [1])
        let v4 = record(1, [192, 0, 2, 1])
        let alias = record(5, [1, 0x61, 0xC0, 12]) + record(1, [192, 0, 2, 2], owner: [1, 0x61, 0xC0, 12])
        return [
            [0] + answer(0, answers: 1, v6) + answer(1, answers: 1, v4),
            [1] + answer(1, answers: 2, alias) + [4, 0, 255],
            [2] + answer(0, answers: 0, [], flags: [0x81, 0x83]) + answer(1, answers: 0, [], flags: [0x81, 0x83]),
            [3] + answer(0, answers: 0, [], flags: [0x81, 0x81]) + answer(1, answers: 0, [], flags: [0x81, 0x82]),
            [0] + answer(0, answers: 1, record(5, [0xC0, 12])) + answer(1, answers: 1, record(5, [0xC0, 0xFF])),
            [0, 2, 0, 2, 1, 4, 0, 255, 4, 0, 255, 4, 0, 255], [4] + answer(1, answers: 1, record(1, [0, 0, 0, 0])),
            [5] + answer(1, answers: 1, v4, flags: [0x83, 0x80]) + [1, 1, 5, 1, 2, 3, 4, 5],
        ]
    }

    // MARK: - The system's files

    /// `/etc/resolv.conf` up to the first NUL, then `/etc/hosts`.
    static let resolverFiles = FuzzMachine(
        "resolver-files", bytesMax: 512,
        words: [
            "nameserver ", "search ", "domain ", "options ", "ndots:", "timeout:", "attempts:", "rotate", "192.0.2.1",
            "::1", "a.b", ".", "-", "#",
            ";", "\n", "\r\n", "\t", "\u{0}", "99999999999999999999", "fe80::1%eth0",
        ],
        seeds: {
            [
                "nameserver 192.0.2.1\nnameserver ::1\nsearch a.b c\noptions ndots:2 timeout:3 attempts:4 rotate\n"
                    + "\u{0}127.0.0.1 a b # c\n",
                "options ndots:99999999999999999999 timeout:-1 attempts: :\n; x\n"
                    + "domain .\nsearch -a a- \(String(repeating: "a", count: 64))\n",
                "\u{0}\n ::1 a.\n192.0.2.256 a\n0.0.0.0 a\n::ffff:192.0.2.1 a A. a..b",
                "nameserver 192.0.2.1 192.0.2.2\r\nnameserver fe80::1%eth0\r\n",
            ].map { [UInt8]($0) }
        },
        body: { bytes in
            var input = FuzzInput(bytes)
            let configuration = ResolverConfiguration(input.part(endingWith: 0))
            let rest = input.rest()
            let hosts = HostsFile(rest)
            expect((1...3).contains(configuration.nameservers.count), "there are one to three servers")
            expect(configuration.search.count <= 6, "there are at most six search domains")
            expect((1...30).contains(configuration.timeoutSeconds), "the timeout is within its range")
            expect((1...5).contains(configuration.attempts), "the number of attempts is within its range")
            let last = rest.split(separator: 0x20).last.map { String(decoding: $0, as: UTF8.self) } ?? "a.b"
            for name in ["a", "a.b", last] {
                var generator = FuzzGenerator(seed: 1)
                var resolution = NameResolution(
                    of: name, configuration: configuration, hosts: hosts, using: &generator,
                    now: MonotonicTime(milliseconds: 0))
                while let action = resolution.nextAction(using: &generator) {
                    guard case .resolved(let resolved) = action else { continue }
                    expect((1...16).contains(resolved.addresses.count), "a result has one to sixteen addresses")
                }
            }
        })
}

/// The owner of a resolution. It sends queries nowhere, and hands in the answers that the input has.
private struct ResolvingClient {
    private var resolution: NameResolution
    private var generator = FuzzGenerator(seed: 1)
    private var now = MonotonicTime(milliseconds: 0)
    private var sent: [(number: Int, bytes: [UInt8], server: IPAddress)] = []
    private var open: Set<Int> = []
    private var hasEnded = false

    init(_ choice: UInt8) {
        let files = [
            "nameserver 192.0.2.1\n", "nameserver 192.0.2.1\nnameserver ::1\noptions attempts:1\n",
            "nameserver 192.0.2.1\nsearch x.y z\noptions ndots:3 timeout:1\n",
            "nameserver 192.0.2.1\nnameserver 192.0.2.2\noptions rotate\n",
        ]
        resolution = NameResolution(
            of: choice & 4 == 0 ? "example.com" : "a",
            configuration: ResolverConfiguration([UInt8](files[Int(choice % 4)])),
            hosts: HostsFile([]), using: &generator, now: now)
        act()
    }

    mutating func step(_ input: inout FuzzInput) {
        let step = input.byte() % 6
        guard !sent.isEmpty else { return }
        let query = sent[input.number(below: sent.count)]
        switch step {
        case 0:
            // An answer to the query: flags, the three counts after that of questions as a byte each, and the records.
            var content = input.piece()
            let flags = content.prefix(2)
            content.removeFirst(flags.count)
            let counts = content.prefix(3)
            content.removeFirst(counts.count)
            let question =
                query.bytes[12...].prefix { $0 != 0 } + [0] + query.bytes[12...].drop { $0 != 0 }.dropFirst().prefix(4)
            let header = query.bytes[..<2] + flags + [0, 1] + counts.flatMap { [0, $0] }
            receive(query, Array(header + question + content))
        case 1: receive(query, input.piece())
        case 2: resolution.fail(query: query.number, now: now)
        case 3: resolution.receive(query.bytes.span, from: .loopbackIPv6, query: query.number, now: now)
        default:
            now = now.advanced(byMilliseconds: Int64(input.byte()) * 20)
            resolution.expire(now: now)
        }
        act()
    }

    /// Lets all deadlines pass.
    mutating func finish() {
        var rounds = 0
        while let deadline = resolution.deadline, rounds < 200 {
            now = max(now, deadline)
            resolution.expire(now: now)
            act()
            rounds += 1
        }
        expect(hasEnded, "a resolution ends")
        expect(open.isEmpty, "a resolution closes all its queries")
    }

    private mutating func receive(_ query: (number: Int, bytes: [UInt8], server: IPAddress), _ datagram: [UInt8]) {
        resolution.receive(datagram.span, from: query.server, query: query.number, now: now)
    }

    private mutating func act() {
        while let action = resolution.nextAction(using: &generator) {
            expect(!hasEnded, "the result is the last action")
            switch action {
            case .send(let bytes, let server, let number):
                expect(bytes.count <= 300 && open.insert(number).inserted, "a query has a number of its own")
                sent.append((number, bytes, server))
            case .close(let number): expect(open.remove(number) != nil, "each query is closed once")
            case .resolved(let resolved):
                hasEnded = true
                expect((1...16).contains(resolved.addresses.count), "a result has one to sixteen addresses")
                expect(resolved.addresses.allSatisfy(\.isUnicast), "a result can be connected to")
                expect((resolved.timeToLiveSeconds ?? 0) >= 0, "a result's time to live is not negative")
                _ = ResolvedNames()
            case .failed(let fault):
                hasEnded = true
                expect(!fault.description.isEmpty, "a fault has a description")
            }
        }
    }
}
