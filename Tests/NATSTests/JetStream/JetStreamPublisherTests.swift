import Bytes
import Generators
import NATS
import Testing

@Suite struct JetStreamPublisherTests {
    /// A publisher with everything that it needs and a clock.
    final class Bench {
        var publisher: JetStreamPublisher
        var inbox: NATSInbox
        let machine = NATSFeed.connected()
        var now = MonotonicTime(milliseconds: 0)
        var output: [UInt8] = []
        /// The token with which each sequence was last published.
        var tokens: [UInt64: UInt64] = [:]

        init(_ limits: JetStreamPublisherLimits = JetStreamPublisherLimits()) {
            publisher = JetStreamPublisher(limits: limits)
            var generator = RepeatableGenerator(seed: 7)
            inbox = NATSInbox(using: &generator)
        }

        func publish(_ sequence: UInt64, bytes: Int = 1) throws {
            let publication = try #require(
                JetStreamPublication(
                    to: "stations.7.ticket.created", messageID: "e-\(sequence)",
                    payload: [UInt8](repeating: 0x78, count: bytes)))
            try publisher.publish(
                publication, sequence: sequence, inbox: &inbox, now: now, through: machine, into: &output)
            // Tokens rise by one.
            var next = inbox
            tokens[sequence] = next.nextToken() - 1
        }

        func receive(_ text: String, for sequence: UInt64) -> Bool {
            receive(.answer(text), token: tokens[sequence] ?? 0)
        }

        func receive(_ answer: NATSMessage, token: UInt64) -> Bool { publisher.receive(answer, token: token) }

        func acknowledge(_ sequence: UInt64) -> Bool {
            receive(#"{"stream":"S","seq":\#(sequence)}"#, for: sequence)
        }

        func events() -> [JetStreamPublisher.Event] {
            var events: [JetStreamPublisher.Event] = []
            while let event = publisher.nextEvent() { events.append(event) }
            return events
        }
    }

    @Test func `a publication is written with its identity`() throws {
        let bench = Bench()
        try bench.publish(5)
        let inbox = bench.inbox.filter.text.dropLast()
        #expect(
            String(decoding: bench.output, as: UTF8.self)
                == "HPUB stations.7.ticket.created \(inbox)1 30 31\r\nNATS/1.0\r\nNats-Msg-Id: e-5\r\n\r\nx\r\n")
    }

    @Test func `conditions and identities are checked`() throws {
        let stream = try #require(JetStreamName("S"))
        let publication = try #require(JetStreamPublication(to: "a", messageID: "e-1", stream: stream, payload: []))
        #expect(publication.headers.fields.map(\.name) == ["Nats-Msg-Id", "Nats-Expected-Stream"])
        #expect(publication.headers["Nats-Expected-Stream"] == "S")
        for identity in ["", " ", "a\r\nb"] {
            #expect(JetStreamPublication(to: "a", messageID: identity, payload: []) == nil)
        }
    }

    @Test func `only a prefix without gaps counts as stored`() throws {
        let bench = Bench()
        for sequence: UInt64 in [3, 5, 9, 10] { try bench.publish(sequence) }
        #expect(bench.acknowledge(5))
        #expect(bench.events().isEmpty)
        #expect(bench.acknowledge(3))
        #expect(bench.events() == [.stored(through: 5)])
        #expect(bench.acknowledge(10))
        #expect(bench.events().isEmpty)
        #expect(bench.receive(#"{"stream":"S","seq":1,"duplicate":true}"#, for: 9))
        #expect(bench.events() == [.stored(through: 10)])
        #expect(bench.publisher.inFlightCount == 0 && bench.publisher.deadline == nil)
    }

    @Test func `several answers give one event`() throws {
        let bench = Bench()
        for sequence: UInt64 in 1...3 { try bench.publish(sequence) }
        for sequence: UInt64 in 1...3 { #expect(bench.acknowledge(sequence)) }
        #expect(bench.events() == [.stored(through: 3)])
    }

    @Test func `the window has a maximum count`() throws {
        let bench = Bench(JetStreamPublisherLimits(inFlightMax: 2))
        try bench.publish(1)
        #expect(bench.publisher.hasRoom)
        try bench.publish(2)
        #expect(!bench.publisher.hasRoom)
        #expect(bench.acknowledge(2))
        #expect(!bench.publisher.hasRoom)
        #expect(bench.acknowledge(1))
        #expect(bench.publisher.hasRoom)
    }

    @Test func `the window has a maximum size`() throws {
        let bench = Bench(JetStreamPublisherLimits(bytesInFlightMax: 600))
        try bench.publish(1, bytes: 300)
        #expect(bench.publisher.hasRoom)
        try bench.publish(2, bytes: 300)
        #expect(!bench.publisher.hasRoom)
        #expect(bench.acknowledge(1))
        #expect(bench.publisher.hasRoom)
    }

    @Test func `a refused publication changes nothing`() throws {
        let bench = Bench()
        #expect(throws: NATSRefusal.self) { try bench.publish(1, bytes: 2000) }
        #expect(bench.publisher.inFlightCount == 0 && bench.output.isEmpty)
        try bench.publish(1)
        #expect(bench.publisher.inFlightCount == 1)
    }

    @Test func `silence ends in a timeout`() throws {
        let bench = Bench(JetStreamPublisherLimits(acknowledgementMillisMax: 100))
        try bench.publish(1)
        bench.now.milliseconds = 50
        try bench.publish(2)
        #expect(bench.publisher.deadline?.milliseconds == 100)
        #expect(bench.acknowledge(1))
        #expect(bench.publisher.deadline?.milliseconds == 150)
        bench.publisher.expire(now: MonotonicTime(milliseconds: 149))
        #expect(bench.events() == [.stored(through: 1)])
        bench.publisher.expire(now: MonotonicTime(milliseconds: 150))
        #expect(!bench.publisher.hasRoom)
        #expect(bench.events() == [.retry(from: 2, .silence(sequence: 2))])
        #expect(bench.publisher.hasRoom && bench.publisher.deadline == nil)
        // Even if the answer comes after all, the event is published again.
        #expect(!bench.acknowledge(2))
        try bench.publish(2)
        #expect(bench.acknowledge(2))
        #expect(bench.events() == [.stored(through: 2)])
    }

    @Test func `a fault ends the window`() throws {
        let bench = Bench()
        for sequence: UInt64 in 1...4 { try bench.publish(sequence) }
        #expect(bench.acknowledge(1))
        #expect(bench.receive(try .status("503"), token: bench.tokens[3] ?? 0))
        #expect(
            bench.events() == [.stored(through: 1), .retry(from: 2, .refused(sequence: 3, .noResponders))])
        #expect(!bench.acknowledge(4))
        #expect(bench.events().isEmpty && bench.publisher.inFlightCount == 0)
    }

    @Test func `a fault names its event`() throws {
        let bench = Bench()
        try bench.publish(1)
        #expect(bench.receive(#"{"error":{"code":400,"err_code":10054,"description":"d"},"seq":0}"#, for: 1))
        guard case .retry(1, let fault)? = bench.events().first, case .refused(1, .refused(let error)) = fault else {
            Issue.record("no retry")
            return
        }
        #expect(error.kind == .messageTooLarge)
        #expect(fault.message.hasPrefix("the event 1 was not stored: the message is larger than the stream accepts"))
    }

    @Test func `a lost connection leads to a retry`() throws {
        let bench = Bench()
        bench.publisher.connectionLost()
        #expect(bench.events().isEmpty)
        try bench.publish(4)
        bench.publisher.connectionLost()
        bench.publisher.connectionLost()
        #expect(bench.events() == [.retry(from: 4, .connectionLost)])
    }

    @Test func `answers to something else are ignored`() throws {
        let bench = Bench()
        #expect(!bench.receive(.answer(""), token: 1))
        try bench.publish(1)
        #expect(!bench.receive(.answer(""), token: 0))
        #expect(!bench.receive(.answer(""), token: .max))
        #expect(bench.publisher.inFlightCount == 1)
    }

    @Test func `a second answer changes nothing`() throws {
        let bench = Bench()
        try bench.publish(1)
        try bench.publish(2)
        #expect(bench.acknowledge(2))
        #expect(bench.receive("garbage", for: 2))
        #expect(bench.acknowledge(2))
        #expect(bench.events().isEmpty)
        #expect(bench.acknowledge(1))
        #expect(bench.events() == [.stored(through: 2)])
    }

    /// Answers come in any order; some are lost, some refused, some late. Nothing is reported as stored that is not,
    /// and in the end everything is stored.
    @Test func `losses in any order are made good`() throws {
        var generator = RepeatableGenerator.announced("JetStreamPublisherTests, losses in any order")
        for round in 0..<150 {
            let bench = Bench(
                JetStreamPublisherLimits(
                    inFlightMax: Int.random(in: 1...20, using: &generator), bytesInFlightMax: 3000,
                    acknowledgementMillisMax: 100))
            let last: UInt64 = 60
            var next: UInt64 = 1
            var through: UInt64 = 0
            var stored: Set<UInt64> = []
            var answers: [UInt64] = []
            var retries = 0
            for _ in 0..<20_000 where through < last {
                switch Int.random(in: 0..<4, using: &generator) {
                case 0, 1:
                    guard bench.publisher.hasRoom, next <= last else { break }
                    try bench.publish(next, bytes: Int.random(in: 0...300, using: &generator))
                    // One publication in twelve is lost on the way there, one answer in twelve on the way back.
                    let fate = Int.random(in: 0..<12, using: &generator)
                    if fate != 0 { stored.insert(next) }
                    if fate > 1 { answers.append(bench.tokens[next] ?? 0) }
                    next += 1
                case 2:
                    guard let place = answers.indices.randomElement(using: &generator) else { break }
                    let token = answers.remove(at: place)
                    let isRefused = Int.random(in: 0..<40, using: &generator) == 0
                    let answer = isRefused ? "{}" : #"{"stream":"S","seq":1}"#
                    _ = bench.receive(.answer(answer), token: token)
                default:
                    bench.now.milliseconds += Int64.random(in: 0...20, using: &generator)
                    bench.publisher.expire(now: bench.now)
                }
                for event in bench.events() {
                    switch event {
                    case .stored(let sequence):
                        #expect(sequence > through && sequence < next, "round \(round)")
                        through = sequence
                        #expect((1...through).allSatisfy(stored.contains), "round \(round)")
                    case .retry(let from, _):
                        #expect(from == through + 1, "round \(round)")
                        next = from
                        retries += 1
                    }
                }
            }
            #expect(through == last, "round \(round), \(retries) retries")
        }
    }
}
