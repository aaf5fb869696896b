import Bytes
import Testing

@testable import DNS

@Suite struct NameResolutionTests {
    private static let one = "nameserver 192.0.2.1\n"
    private static let two = "nameserver 192.0.2.1\nnameserver 192.0.2.2\n"

    // MARK: - Without asking

    @Test(arguments: [
        ("192.0.2.7", "192.0.2.7, always"), ("2001:DB8::7", "2001:db8::7, always"),
        ("central", "2001:db8::9 192.0.2.9, always"), ("my_host", "192.0.2.9, always"),
        ("localhost", "::1 127.0.0.1, always"), ("LOCALHOST.", "::1 127.0.0.1, always"),
        ("a.localhost", "::1 127.0.0.1, always"),
        ("", "\"\" is not a host name: it is empty"),
        ("a_b", "\"a_b\" is not a host name: a host name has letters, digits, hyphens and dots only"),
        ("192.0.2.256", "\"192.0.2.256\" is not a host name: its last part is a number, and it is not an IP address"),
        ("[::1]", "\"[::1]\" is not a host name: a host name has letters, digits, hyphens and dots only"),
    ]) func `addresses, hosts and faults come at once`(name: String, outcome: String) {
        let exchange = Exchange(name, Self.one, hosts: "192.0.2.9 central my_host\n2001:db8::9 central")
        #expect(exchange.outcome == outcome)
        #expect(exchange.sent.isEmpty && exchange.wait == nil)
    }

    // MARK: - Asking

    @Test func `both families are asked for at the same time`() {
        var exchange = Exchange("central.example.com", Self.two)
        #expect(exchange.news() == ["AAAA+ central.example.com 192.0.2.1", "A+ central.example.com 192.0.2.1"])
        #expect(exchange.wait == 5000)
        exchange.receive(1, "192.0.2.7", "192.0.2.8", life: 30)
        #expect(exchange.closed == [1] && exchange.wait == 1000 && exchange.outcome == nil)
        exchange.receive(0, "2001:db8::7", life: 20)
        #expect(exchange.outcome == "2001:db8::7 192.0.2.7 192.0.2.8, 20 s")
        #expect(exchange.closed == [1, 0] && exchange.wait == nil && exchange.news() == [])
    }

    @Test func `ids and numbers differ`() {
        var ids: Set<UInt16> = []
        for seed in 1...50 {
            let exchange = Exchange("a.b", Self.one, seed: UInt64(seed))
            #expect(exchange.sent.map(\.number) == [0, 1])
            ids.formUnion(exchange.sent.map(\.query.id))
        }
        #expect(ids.count > 90)
    }

    @Test func `one family is enough when the other has none`() {
        var exchange = Exchange("a.b", Self.one)
        exchange.receive(0)
        exchange.receive(1, "192.0.2.7")
        #expect(exchange.outcome == "192.0.2.7, 300 s")
    }

    @Test func `the other family is not awaited for long`() {
        var exchange = Exchange("a.b", Self.one)
        exchange.receive(1, "192.0.2.7")
        exchange.pass(milliseconds: 999)
        #expect(exchange.outcome == nil)
        exchange.pass(milliseconds: 1)
        #expect(exchange.outcome == "192.0.2.7, 300 s" && exchange.closed.sorted() == [0, 1])
    }

    @Test func `a failure of the other family does no harm`() {
        for code: UInt16 in [2, 3, 5] {
            var exchange = Exchange("a.b", "\(Self.one)options attempts:1")
            exchange.receive(0, code: code)
            exchange.receive(1, "192.0.2.7")
            #expect(exchange.outcome == "192.0.2.7, 300 s")
        }
    }

    @Test func `a result has at most sixteen addresses`() {
        var exchange = Exchange("a.b", Self.one)
        exchange.receive(0) { query in
            var writer = MessageWriter(to: query, answers: 30)
            for number in 1...30 { writer.append(address: "2001:db8::\(number)") }
            return writer.bytes
        }
        exchange.receive(1, "192.0.2.7")
        guard case .resolved(let resolved)? = exchange.result else {
            Issue.record("\(exchange.outcome ?? "nothing")")
            return
        }
        #expect(resolved.addresses.count == 16 && resolved.addresses[1].description == "192.0.2.7")
    }

    // MARK: - Servers

    @Test func `after a silent server the next one is asked, each twice`() {
        var exchange = Exchange("a.b", Self.two)
        #expect(exchange.news() == ["AAAA+ a.b 192.0.2.1", "A+ a.b 192.0.2.1"])
        exchange.pass(milliseconds: 4999)
        #expect(exchange.news() == [])
        exchange.pass(milliseconds: 1)
        #expect(exchange.news() == ["AAAA+ a.b 192.0.2.2", "A+ a.b 192.0.2.2"])
        exchange.passDeadline()
        #expect(exchange.news() == ["AAAA a.b 192.0.2.1", "A a.b 192.0.2.1"])
        exchange.passDeadline()
        #expect(exchange.news() == ["AAAA a.b 192.0.2.2", "A a.b 192.0.2.2"])
        #expect(exchange.closed.isEmpty && exchange.outcome == nil)
        exchange.passDeadline()
        #expect(
            exchange.outcome
                == "a.b could not be looked up: no answer from 192.0.2.1 and 192.0.2.2 within 20 s")
        #expect(exchange.closed.sorted() == Array(0...7) && exchange.wait == nil)
    }

    @Test func `the configuration's timeout and attempts apply`() {
        var exchange = Exchange("a.b", "\(Self.one)options timeout:2 attempts:3")
        for _ in 1...3 { exchange.passDeadline() }
        #expect(exchange.sent.count == 6)
        #expect(exchange.outcome == "a.b could not be looked up: no answer from 192.0.2.1 within 6 s")
    }

    @Test func `after a failure the next server is asked at once`() {
        for code: UInt16 in [2, 5, 9] {
            var exchange = Exchange("a.b", Self.two)
            _ = exchange.news()
            exchange.receive(1, code: code)
            #expect(exchange.news() == ["A+ a.b 192.0.2.2"])
            exchange.receive(2, "192.0.2.7")
            exchange.receive(0)
            #expect(exchange.outcome == "192.0.2.7, 300 s")
        }
    }

    @Test func `when all servers fail, the fault says why`() {
        var exchange = Exchange("a.b", "\(Self.two)nameserver 2001:db8::53\noptions attempts:1")
        exchange.receive(0)
        exchange.receive(1, code: 2)
        exchange.receive(2, code: 5)
        exchange.fail(3)
        #expect(
            exchange.outcome
                == """
                a.b could not be looked up: 192.0.2.1 answered SERVFAIL; 192.0.2.2 answered REFUSED; \
                2001:db8::53 cannot be reached
                """)
    }

    @Test func `every trouble has its words`() {
        let servers = [1, 2, 3].map { IPAddress.ipv4(0xC000_0200 | $0) }
        for (trouble, words) in [
            (DNSTrouble.silence, "no answer from 192.0.2.1, 192.0.2.2 and 192.0.2.3 within 10 s"),
            (.code(9), "192.0.2.1, 192.0.2.2 and 192.0.2.3 answered with code 9"),
            (.referral, "192.0.2.1, 192.0.2.2 and 192.0.2.3 only referred to other servers"),
            (.truncation, "the answer of 192.0.2.1, 192.0.2.2 and 192.0.2.3 does not fit into a datagram"),
            (.malformed("w"), "the answer of 192.0.2.1, 192.0.2.2 and 192.0.2.3 cannot be read: w"),
            (.flood, "too many false answers came in the name of 192.0.2.1, 192.0.2.2 and 192.0.2.3"),
        ] {
            let fault = NameResolutionFault.unanswered(
                "a", servers.map { DNSServerTrouble(server: $0, trouble: trouble) }, seconds: 10)
            #expect(fault.description == "a could not be looked up: \(words)")
        }
    }

    @Test func `unreachable servers cost no time`() {
        var exchange = Exchange("a.b", Self.two)
        var index = 0
        while index < exchange.sent.count {
            exchange.fail(index)
            index += 1
        }
        #expect(index == 8)
        #expect(exchange.outcome == "a.b could not be looked up: 192.0.2.1 and 192.0.2.2 cannot be reached")
    }

    @Test func `a server that does not know the OPT record is asked without it`() {
        for code: UInt16 in [1, 4] {
            var exchange = Exchange("a.b", Self.two)
            _ = exchange.news()
            exchange.pass(milliseconds: 3000)
            exchange.receive(1, code: code)
            #expect(exchange.news() == ["A a.b 192.0.2.1"] && exchange.wait == 2000)
            exchange.receive(2, code: code)
            #expect(exchange.news() == ["A+ a.b 192.0.2.2"])
        }
    }

    @Test func `the addresses in a truncated answer are used`() {
        var exchange = Exchange("a.b", Self.two)
        _ = exchange.news()
        exchange.receive(0) { MessageWriter(to: $0, flags: 0x8380).bytes }
        #expect(exchange.news() == ["AAAA+ a.b 192.0.2.2"])
        exchange.receive(1) { query in
            var writer = MessageWriter(to: query, flags: 0x8380, answers: 2)
            writer.append(address: "192.0.2.7")
            return writer.bytes
        }
        exchange.receive(2)
        #expect(exchange.outcome == "192.0.2.7, 300 s")
    }

    @Test func `rotation lets any server be first`() {
        let firsts = (0..<40).map { seed in
            Exchange("a.b", "\(Self.two)nameserver 192.0.2.3\noptions rotate", seed: UInt64(seed)).sent.map(\.server)
        }
        #expect(firsts.allSatisfy { $0[0] == $0[1] })
        #expect(Set(firsts.map { $0[0] }).count == 3)
        var exchange = Exchange("a.b", "\(Self.two)options rotate attempts:1")
        exchange.passDeadline()
        #expect(Set(exchange.sent.map(\.server)).count == 2)
    }

    // MARK: - Names

    @Test func `a name may not exist`() {
        var exchange = Exchange("a.b", Self.one)
        exchange.receive(0, code: 3)
        #expect(exchange.outcome == nil)
        exchange.receive(1, code: 3)
        #expect(exchange.outcome == "a.b does not exist")
    }

    /// RFC 6762, section 3: no name server need know such a name.
    @Test(arguments: ["central.local", "CENTRAL.Local.", "a.b.local"])
    func `a name that needs mDNS is said to need it`(_ name: String) {
        let words = NameResolutionFault.nonexistent(name, asked: []).description
        #expect(words.contains("does not exist; names that end in .local need mDNS, which the station does not speak"))
        #expect(words.contains("use an address, a name that a name server knows, or a line in /etc/hosts"))
        for fault in [
            NameResolutionFault.noAddress(name, asked: []), .unanswered(name, [], seconds: 5),
        ] {
            #expect(fault.description.contains("need mDNS"))
        }
    }

    @Test func `other names are not said to need mDNS, unless the search list makes one`() throws {
        for name in ["local", "central", "central.local.example", "central.locale", "centrallocal"] {
            #expect(!NameResolutionFault.nonexistent(name, asked: []).description.contains("mDNS"), "\(name)")
        }
        let asked = [try DNSName("central.local"), try DNSName("central")]
        #expect(NameResolutionFault.nonexistent("central", asked: asked).description.contains("mDNS"))
    }

    @Test func `a name may have no address`() {
        var exchange = Exchange("a.b", Self.one)
        exchange.receive(0)
        exchange.receive(1, code: 3)
        #expect(exchange.outcome == "a.b has no address")
    }

    @Test func `a failure outweighs a negative answer`() {
        var exchange = Exchange("a.b", "\(Self.one)options attempts:1\nsearch c")
        exchange.receive(0, code: 3)
        exchange.receive(1, code: 2)
        #expect(exchange.outcome == "a.b could not be looked up: 192.0.2.1 answered SERVFAIL")
    }

    @Test(arguments: [
        ("host", "search x.y z", ["host.x.y", "host.z", "host"]), ("host.", "search x.y z", ["host"]),
        ("a.host", "search x.y z", ["a.host", "a.host.x.y", "a.host.z"]),
        ("a.host", "search x.y\noptions ndots:2", ["a.host.x.y", "a.host"]),
        ("host", "search x.y\noptions ndots:0", ["host", "host.x.y"]), ("host", "", ["host"]),
    ]) func `the search list is tried in order`(name: String, lines: String, candidates: [String]) {
        var exchange = Exchange(name, Self.one + lines)
        for (round, candidate) in candidates.enumerated() {
            #expect(exchange.news() == ["AAAA+ \(candidate) 192.0.2.1", "A+ \(candidate) 192.0.2.1"])
            exchange.receive(round * 2, code: 3)
            exchange.receive(round * 2 + 1, code: 3)
        }
        let asked =
            candidates.count == 1
            ? "" : " (asked for \(candidates.dropLast().joined(separator: ", ")) and \(candidates.last ?? ""))"
        #expect(exchange.outcome == "\(name) does not exist\(asked)")
        #expect(exchange.closed.sorted() == Array(0..<(candidates.count * 2)))
    }

    @Test func `the first name with an address ends the search`() {
        var exchange = Exchange("host", "\(Self.one)search x y z")
        exchange.receive(0, code: 3)
        exchange.receive(1, code: 3)
        exchange.receive(2)
        exchange.receive(3, "192.0.2.7")
        #expect(exchange.outcome == "192.0.2.7, 300 s" && exchange.sent.count == 4)
    }

    @Test func `a name without an address in the search list is remembered`() {
        var exchange = Exchange("host", "\(Self.one)search x")
        exchange.receive(0)
        exchange.receive(1)
        exchange.receive(2, code: 3)
        exchange.receive(3, code: 3)
        #expect(exchange.outcome == "host has no address (asked for host.x and host)")
    }
}
