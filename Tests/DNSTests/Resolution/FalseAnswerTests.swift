import Bytes
import Testing

@testable import DNS

/// Answers that are late, come twice or were never asked for.
@Suite struct FalseAnswerTests {
    private static let two = "nameserver 192.0.2.1\nnameserver 192.0.2.2\n"
    private static let forged = "192.0.2.66"

    @Test func `a late answer still counts`() {
        var exchange = Exchange("a.b", Self.two)
        exchange.passDeadline()
        #expect(exchange.sent.count == 4)
        exchange.receive(1, "192.0.2.7")
        exchange.receive(0)
        #expect(exchange.outcome == "192.0.2.7, 300 s" && exchange.resolution.ignoredCount == 0)
        #expect(exchange.closed.sorted() == [0, 1, 2, 3])
    }

    @Test func `a late failure does not disturb the next server`() {
        var exchange = Exchange("a.b", Self.two)
        exchange.passDeadline()
        _ = exchange.news()
        for code: UInt16 in [1, 2] {
            exchange.receive(code == 1 ? 0 : 1, code: code)
            #expect(exchange.news() == [] && exchange.wait == 5000)
        }
        exchange.receive(2, "2001:db8::7")
        exchange.receive(3)
        #expect(exchange.outcome == "2001:db8::7, 300 s")
    }

    @Test func `a second answer is ignored`() {
        var exchange = Exchange("a.b", Self.two)
        exchange.receive(1, "192.0.2.7")
        exchange.receive(1, Self.forged)
        exchange.receive(0, code: 3)
        exchange.receive(0, "2001:db8::66")
        #expect(exchange.outcome == "192.0.2.7, 300 s" && exchange.resolution.ignoredCount == 2)
    }

    @Test func `another server's answer is ignored`() {
        var exchange = Exchange("a.b", Self.two)
        for server in ["192.0.2.2", "192.0.2.99", "::1", "::ffff:192.0.2.1"] {
            exchange.receive(1, from: IPAddress(text: server)) { MessageWriter.answer(to: $0, Self.forged) }
        }
        #expect(exchange.outcome == nil && exchange.resolution.ignoredCount == 4 && exchange.closed.isEmpty)
        exchange.receive(1, "192.0.2.7")
        exchange.receive(0)
        #expect(exchange.outcome == "192.0.2.7, 300 s")
    }

    @Test func `an answer to the other query's port is ignored`() {
        var exchange = Exchange("a.b", Self.two)
        let other = exchange.sent[0].query
        exchange.receive(1) { _ in MessageWriter.answer(to: other, "2001:db8::66") }
        #expect(exchange.outcome == nil && exchange.resolution.ignoredCount == 1)
    }

    @Test func `an answer to no query is ignored`() {
        var exchange = Exchange("a.b", Self.two)
        exchange.receive(0)
        exchange.receive(1)
        #expect(exchange.outcome == "a.b has no address")
        exchange.receive(1, Self.forged)
        #expect(exchange.outcome == "a.b has no address" && exchange.resolution.ignoredCount == 1)
    }

    @Test func `wrong ids and questions are ignored, but not for ever`() {
        var exchange = Exchange("a.b", Self.two)
        _ = exchange.news()
        for guess in 1..<UInt16(DNSLookup.ignoredPerQueryMax) {
            exchange.receive(1) { query in
                let other = DNSQuery(id: query.id &+ guess, name: query.name, type: query.type, hasOPT: true)
                return MessageWriter.answer(to: other, Self.forged)
            }
        }
        #expect(exchange.news() == [] && exchange.closed.isEmpty)
        exchange.receive(1) { query in
            let name = (try? DNSName("a.c")) ?? query.name
            return MessageWriter.answer(
                to: DNSQuery(id: query.id, name: name, type: query.type, hasOPT: true), Self.forged)
        }
        #expect(exchange.resolution.ignoredCount == DNSLookup.ignoredPerQueryMax)
        #expect(exchange.news() == ["A+ a.b 192.0.2.2"] && exchange.closed == [1])
        exchange.receive(1, Self.forged)
        #expect(exchange.outcome == nil)
    }

    @Test func `after a malformed answer the next server is asked`() {
        var exchange = Exchange("a.b", "\(Self.two)options attempts:1")
        exchange.receive(1) { MessageWriter.answer(to: $0, Self.forged) + [0] }
        exchange.receive(2) { MessageWriter(to: $0, answers: 1).bytes }
        exchange.receive(0)
        #expect(
            exchange.outcome
                == """
                a.b could not be looked up: the answer of 192.0.2.1 cannot be read: more follows its last record; \
                the answer of 192.0.2.2 cannot be read: a name breaks off
                """)
    }

    @Test func `an early expire changes nothing`() {
        var exchange = Exchange("a.b", Self.two)
        for _ in 1...10 { exchange.pass(milliseconds: 0) }
        exchange.pass(milliseconds: -50)
        #expect(exchange.sent.count == 2)
    }
}
