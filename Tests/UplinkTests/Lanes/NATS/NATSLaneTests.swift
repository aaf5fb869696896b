import Bytes
import Generators
import Testing
import Uplink

/// A lane without a server, for what no real server does on demand.
@Suite struct NATSLaneTests {
    private static let start = MonotonicTime(milliseconds: 1000)
    private static let stream =
        #"{"config":{"name":"STATIONS","subjects":["stations.>"],"retention":"limits","storage":"file","#
        + #""duplicate_window":120000000000},"state":{"messages":0,"first_seq":0,"last_seq":0}}"#
    private static let consumer =
        #"{"stream_name":"STATIONS","name":"station-7-events","created":"2026-12-01T00:00:00Z"}"#
    private static let noConsumer = #"{"error":{"code":404,"err_code":10014,"description":"consumer not found"}}"#
    private static let noMessage = #"{"error":{"code":404,"err_code":10037,"description":"no message found"}}"#

    /// A lane and what it sent last.
    private struct Exchange {
        var lane: NATSLane
        var now = NATSLaneTests.start
        var sent = ""

        init(window: UplinkRoom? = nil) {
            var generator = RepeatableGenerator(seed: 1)
            lane = NATSLane(
                identity: UplinkIdentity(stationID: 7, epoch: "e", version: "1"), window: window, now: now,
                using: &generator)
        }

        mutating func receive(_ text: String) {
            lane.receive(text.bytes.span, now: now)
            collect()
        }

        mutating func collect() {
            var output: [UInt8] = []
            lane.drainOutput(into: &output)
            sent = String(decoding: output, as: UTF8.self)
        }

        /// The reply subject of the last publication.
        var reply: Substring { sent.split(separator: " ").last { $0.hasPrefix("_INBOX.") } ?? "" }

        mutating func answer(_ payload: String) { receive("MSG \(reply) 1 \(payload.utf8.count)\r\n\(payload)\r\n") }

        mutating func answer(status: String) {
            let block = "NATS/1.0 \(status)\r\n\r\n"
            receive("HMSG \(reply) 1 \(block.utf8.count) \(block.utf8.count)\r\n\(block)\r\n")
        }

        mutating func expire(afterMillis millis: Int64) {
            now = now.advanced(byMilliseconds: millis)
            lane.expire(now: now)
            collect()
        }

        /// A lane that has compared.
        static func open(window: UplinkRoom? = nil) -> Exchange {
            var exchange = Exchange(window: window)
            exchange.receive(NATSWire.information)
            exchange.receive("PONG\r\n")
            exchange.answer(NATSLaneTests.consumer)
            exchange.answer(status: "404 Message Not Found")
            return exchange
        }

        mutating func fault() -> UplinkFault? {
            while let event = lane.nextEvent() {
                if case .failed(let fault) = event { return fault }
            }
            return nil
        }
    }

    @Test func `the lane opens in steps`() {
        var exchange = Exchange()
        exchange.receive(NATSWire.information)
        #expect(exchange.sent.hasPrefix("CONNECT {") && exchange.sent.contains("\r\nSUB _INBOX.station-7."))
        #expect(exchange.sent.contains(#""name":"stationd station 7""#) && exchange.sent.hasSuffix("\r\nPING\r\n"))
        exchange.receive("PONG\r\n")
        #expect(exchange.sent.hasPrefix("PUB $JS.API.CONSUMER.INFO.STATIONS.station-7-events "))
        exchange.answer(Self.consumer)
        #expect(exchange.sent.hasPrefix("PUB $JS.API.DIRECT.GET.STATIONS.stations.7.support.> "))
        #expect(exchange.lane.nextEvent() == nil && exchange.lane.room == nil)
        exchange.answer(status: "404 Message Not Found")
        #expect(exchange.sent.hasPrefix("PUB $JS.API.CONSUMER.INFO.COMMANDS.station-7-commands "))
        #expect(exchange.lane.nextEvent() == .compared(.nothing) && exchange.lane.room != nil)
        #expect(exchange.lane.remoteName == "2026-12-01T00:00:00Z")
        exchange.answer(Self.consumer)
        #expect(exchange.sent.hasPrefix("PUB $JS.API.CONSUMER.MSG.NEXT.COMMANDS.station-7-commands "))
    }

    @Test func `a lane makes what is missing, and warns that it may`() {
        var exchange = Exchange()
        exchange.receive(NATSWire.information)
        exchange.receive("PONG\r\n")
        exchange.answer(Self.noConsumer)
        #expect(exchange.sent.hasPrefix("PUB $JS.API.STREAM.INFO.STATIONS "))
        exchange.answer(#"{"error":{"code":404,"err_code":10059,"description":"stream not found"}}"#)
        #expect(exchange.sent.hasPrefix("PUB $JS.API.STREAM.CREATE.STATIONS "))
        exchange.answer(Self.stream)
        #expect(exchange.sent.hasPrefix("PUB $JS.API.CONSUMER.DURABLE.CREATE.STATIONS.station-7-events "))
        exchange.answer(Self.consumer)
        guard case .warned(let sentence)? = exchange.lane.nextEvent() else {
            Issue.record("there was no warning")
            return
        }
        #expect(sentence.contains("the stream STATIONS and the consumer station-7-events"))
        // A stream that an earlier version made cannot be asked directly.
        #expect(exchange.sent.hasPrefix("PUB $JS.API.DIRECT.GET.STATIONS.stations.7.support.> "))
        exchange.answer(status: "503")
        #expect(exchange.sent.hasPrefix("PUB $JS.API.STREAM.MSG.GET.STATIONS "))
        exchange.answer(Self.noMessage)
        #expect(exchange.lane.nextEvent() == .compared(.nothing))
        exchange.answer(Self.noConsumer)
        #expect(exchange.sent.hasPrefix("PUB $JS.API.STREAM.INFO.COMMANDS "))
        exchange.answer(#"{"error":{"code":404,"err_code":10059,"description":"stream not found"}}"#)
        #expect(exchange.sent.hasPrefix("PUB $JS.API.STREAM.CREATE.COMMANDS "))
        #expect(exchange.sent.contains(#""subjects":["commands.*"]"#) && exchange.sent.contains("max_msg_size"))
    }

    /// JetStream of the user's own account says that it is not enabled, before or after the account with the streams
    /// has answered.
    @Test func `the answer of the account with the streams counts`() {
        let other = #"{"error":{"code":503,"err_code":10039,"description":"JetStream not enabled for account"}}"#
        var exchange = Exchange()
        exchange.receive(NATSWire.information)
        exchange.receive("PONG\r\n")
        let reply = exchange.reply
        exchange.answer(other)
        #expect(exchange.lane.nextEvent() == nil)
        var alone = exchange
        exchange.receive("MSG \(reply) 1 \(Self.consumer.utf8.count)\r\n\(Self.consumer)\r\n")
        #expect(exchange.sent.hasPrefix("PUB $JS.API.DIRECT.GET.STATIONS.stations.7.support.> "))
        alone.expire(afterMillis: 2_000)
        #expect(alone.fault()?.remedy == .intervention)
    }

    @Test(arguments: [
        (#"INFO {"headers":true,"tls_required":true}"#, "requires TLS"), (#"INFO {"headers":false}"#, "no headers"),
    ])
    func `a server that we cannot use needs an operator`(_ information: String, _ words: String) {
        var exchange = Exchange()
        exchange.receive(information + "\r\n")
        let fault = exchange.fault()
        #expect(fault?.remedy == .intervention && fault?.message.contains(words) == true)
    }

    @Test(arguments: 0...4)
    func `every wait ends`(step: Int) {
        var exchange = Exchange()
        if step > 0 { exchange.receive(NATSWire.information) }
        if step > 1 { exchange.receive("PONG\r\n") }
        if step > 2 { exchange.answer(Self.consumer) }
        if step > 3 { exchange.answer(status: "404 Message Not Found") }
        let end = exchange.now.advanced(byMilliseconds: 10_000)
        var repeats = 0
        while let deadline = exchange.lane.deadline, deadline < end, repeats < 100 {
            exchange.expire(afterMillis: deadline.milliseconds(since: exchange.now))
            #expect(exchange.fault() == nil && exchange.sent.hasPrefix("PUB $JS.API."))
            repeats += 1
        }
        #expect(repeats == (step == 2 || step == 3 ? 4 : 0))
        #expect(exchange.lane.deadline == end)
        exchange.expire(afterMillis: end.milliseconds(since: exchange.now) - 1)
        #expect(exchange.fault() == nil)
        exchange.expire(afterMillis: 1)
        #expect(exchange.fault()?.remedy == .backOff && exchange.lane.deadline == nil)
    }

    @Test func `a question that a cluster has forgotten is asked again`() {
        var exchange = Exchange()
        exchange.receive(NATSWire.information)
        exchange.receive("PONG\r\n")
        let late = exchange.reply
        exchange.expire(afterMillis: 2_000)
        #expect(exchange.sent.hasPrefix("PUB $JS.API.CONSUMER.INFO.STATIONS.") && exchange.reply != late)
        exchange.answer(Self.consumer)
        exchange.expire(afterMillis: 2_000)
        #expect(exchange.sent.hasPrefix("PUB $JS.API.STREAM.MSG.GET.STATIONS "))
        // The answer to the first question comes after all, and is ignored.
        let reply = exchange.reply
        exchange.receive("MSG \(late) 1 2\r\n{}\r\n")
        #expect(exchange.lane.nextEvent() == nil)
        exchange.receive("MSG \(reply) 1 \(Self.noMessage.utf8.count)\r\n\(Self.noMessage)\r\n")
        #expect(exchange.lane.nextEvent() == .compared(.nothing))
    }

    @Test func `a stream gets three replicas, or one if there is no room for three`() {
        let missing = #"{"error":{"code":404,"err_code":10059,"description":"stream not found"}}"#
        let refusals = [
            (10005, "no suitable peers for placement"), (10023, "insufficient resources"),
            (10074, "replicas > 1 not supported in non-clustered mode"),
        ]
        for (code, words) in refusals {
            var exchange = Exchange()
            exchange.receive(NATSWire.information)
            exchange.receive("PONG\r\n")
            exchange.answer(Self.noConsumer)
            exchange.answer(missing)
            #expect(exchange.sent.contains("\"num_replicas\":3"))
            let refusal = "{\"error\":{\"code\":400,\"err_code\":\(code),\"description\":\"\(words)\"}}"
            exchange.answer(refusal)
            #expect(exchange.sent.hasPrefix("PUB $JS.API.STREAM.CREATE.STATIONS "))
            #expect(!exchange.sent.contains("num_replicas"), "\(words)")
            exchange.answer(refusal)
            #expect(exchange.fault()?.remedy == .intervention)
        }
    }

    @Test func `a stream that another station has made meanwhile is used`() {
        let missing = #"{"error":{"code":404,"err_code":10059,"description":"stream not found"}}"#
        let exists = #"{"error":{"code":400,"err_code":10058,"description":"stream name already in use"}}"#
        var exchange = Exchange()
        exchange.receive(NATSWire.information)
        exchange.receive("PONG\r\n")
        exchange.answer(Self.noConsumer)
        exchange.answer(missing)
        exchange.answer(exists)
        #expect(exchange.sent.hasPrefix("PUB $JS.API.STREAM.INFO.STATIONS "))
        var other = exchange
        exchange.answer(Self.stream)
        exchange.answer(Self.consumer)
        exchange.answer(status: "404 Message Not Found")
        guard case .warned? = exchange.lane.nextEvent() else {
            Issue.record("there was no warning")
            return
        }
        #expect(exchange.lane.nextEvent() == .compared(.nothing))
        // A server that says both each time is not asked without end.
        other.answer(missing)
        other.answer(exists)
        #expect(other.fault()?.remedy == .intervention)
    }

    @Test func `the cluster's servers are announced once the stream is there`() {
        var exchange = Exchange()
        let information = #"INFO {"headers":true,"connect_urls":["10.0.0.1:4222","10.0.0.2:4222"]}"#
        exchange.receive(information + "\r\n")
        exchange.receive("PONG\r\n")
        exchange.answer(Self.consumer)
        #expect(exchange.lane.nextEvent() == nil)
        exchange.answer(status: "404 Message Not Found")
        #expect(exchange.lane.nextEvent() == .compared(.nothing))
        #expect(exchange.lane.nextEvent() == .announced(servers: ["10.0.0.1:4222", "10.0.0.2:4222"]))
        exchange.receive(#"INFO {"headers":true,"connect_urls":["10.0.0.3:4222"]}"# + "\r\n")
        #expect(exchange.lane.nextEvent() == .announced(servers: ["10.0.0.3:4222"]))
        exchange.receive(#"INFO {"headers":true}"# + "\r\n")
        #expect(exchange.lane.nextEvent() == nil)
    }

    @Test func `a silent server gets a PING and is then given up`() {
        var exchange = Exchange.open()
        exchange.answer(#"{"stream_name":"COMMANDS","name":"station-7-commands"}"#)
        #expect(exchange.sent.hasPrefix("PUB $JS.API.CONSUMER.MSG.NEXT.COMMANDS.station-7-commands "))
        exchange.expire(afterMillis: 30_000)
        #expect(exchange.sent == "PING\r\n")
        exchange.receive("PONG\r\n")
        exchange.expire(afterMillis: 30_000)
        #expect(exchange.sent == "PING\r\n" && exchange.fault() == nil)
        exchange.expire(afterMillis: 10_000)
        #expect(exchange.fault()?.message == "the NATS server does not answer any more")
    }

    /// The stream of commands accepts none of that size, unless somebody else has made it.
    @Test func `a command that is too large is warned of, and asked for again after a while`() {
        var exchange = Exchange.open()
        exchange.answer(#"{"stream_name":"COMMANDS","name":"station-7-commands"}"#)
        exchange.answer(status: "409 Message Size Exceeds MaxBytes")
        #expect(exchange.lane.nextEvent() == .compared(.nothing))
        guard case .warned(let sentence)? = exchange.lane.nextEvent() else {
            Issue.record("there was no warning")
            return
        }
        #expect(sentence.contains("COMMANDS is larger than 524288 bytes") && exchange.sent.isEmpty)
        exchange.expire(afterMillis: 29_000)
        exchange.receive("PING\r\n")
        exchange.expire(afterMillis: 29_000)
        exchange.receive("PING\r\n")
        exchange.expire(afterMillis: 2_000)
        #expect(exchange.sent.hasPrefix("PUB $JS.API.CONSUMER.INFO.COMMANDS.station-7-commands "))
    }

    @Test func `an unanswered event is named`() {
        var exchange = Exchange.open()
        exchange.lane.ship([.test(1), .test(2)], now: exchange.now)
        exchange.collect()
        exchange.expire(afterMillis: 10_000)
        let fault = exchange.fault()
        #expect(fault?.remedy == .backOff && fault?.message.contains("the event e-1-1 in time") == true)
    }

    @Test func `the next window is half as large after a loss`() {
        let fault = UplinkFault("lost")
        var window: UplinkRoom?
        for expected in [(512, 262_144), (256, 131_072), (128, 65_536)] {
            let lane = Exchange.open(window: window).lane
            #expect(lane.roomForNextConnection(after: fault, hadEventsInFlight: false) == window)
            let busy = UplinkFault("busy", .waitSeconds(0))
            #expect(lane.roomForNextConnection(after: busy, hadEventsInFlight: true) == window)
            window = lane.roomForNextConnection(after: fault, hadEventsInFlight: true)
            #expect(window == UplinkRoom(count: expected.0, bytes: expected.1))
            #expect(Exchange.open(window: window).lane.room == window)
        }
        let least = UplinkRoom(count: 1, bytes: 1024)
        let narrow = Exchange.open(window: least).lane
        #expect(narrow.roomForNextConnection(after: fault, hadEventsInFlight: true) == least)
    }

    @Test func `a smaller window is forgotten when everything is stored`() {
        let fault = UplinkFault("lost")
        var lane = Exchange.open(window: UplinkRoom(count: 2, bytes: 2048)).lane
        lane.everythingIsStored()
        #expect(lane.room == UplinkRoom(count: 2, bytes: 2048), "this connection keeps its window")
        #expect(lane.roomForNextConnection(after: fault, hadEventsInFlight: false) == nil)
        #expect(
            lane.roomForNextConnection(after: fault, hadEventsInFlight: true)
                == UplinkRoom(count: 512, bytes: 262_144))
    }

    @Test(arguments: ["support.a b", "support.\r\nPING", "", "support.*"])
    func `a type that cannot be part of a subject is not written`(_ type: String) {
        var exchange = Exchange.open()
        exchange.lane.ship([.test(1, type: type)], now: exchange.now)
        exchange.collect()
        #expect(exchange.sent.isEmpty)
        let fault = exchange.fault()
        #expect(fault?.remedy == .intervention && fault?.message.contains("the event e-1-1 ") == true)
    }

    /// A server that shuts down gets time to answer.
    @Test func `in lame duck mode the lane ends once everything is answered`() {
        var idle = Exchange.open()
        idle.receive(#"INFO {"headers":true,"ldm":true}"# + "\r\n")
        #expect(idle.fault()?.remedy == .backOff)

        var busy = Exchange.open()
        busy.lane.ship([.test(1)], now: busy.now)
        busy.collect()
        let reply = busy.reply
        busy.receive(#"INFO {"headers":true,"ldm":true}"# + "\r\n")
        #expect(busy.lane.nextEvent() == .compared(.nothing))
        #expect(busy.lane.nextEvent() == nil && busy.lane.room == nil)
        let answer = #"{"stream":"STATIONS","seq":1}"#
        busy.receive("MSG \(reply) 1 \(answer.utf8.count)\r\n\(answer)\r\n")
        #expect(busy.lane.nextEvent() == .stored(through: 1))
        #expect(busy.fault()?.message.contains("lame duck") == true)
    }

    @Test(arguments: [
        "-ERR 'Slow Consumer'\r\n", "-ERR 'Stale Connection'\r\n", "-ERR 'Server Shutdown'\r\n", "HELLO\r\n",
        "MSG a 1 99999999999\r\n", "MSG a 1 2\r\nabc\r\n",
    ])
    func `some lines end the connection`(_ text: String) {
        var exchange = Exchange.open()
        exchange.receive(text)
        #expect(exchange.fault()?.remedy == .backOff && exchange.lane.room == nil)
        exchange.receive("PONG\r\n")
        exchange.lane.acknowledge(1, now: exchange.now)
        exchange.lane.inputClosed(now: exchange.now)
        exchange.expire(afterMillis: 100_000)
        #expect(exchange.lane.nextEvent() == nil && exchange.sent.isEmpty)
    }

    @Test func `a connection may end within a message`() {
        var exchange = Exchange.open()
        exchange.receive("MSG commands.7 1 100\r\n{")
        exchange.lane.inputClosed(now: exchange.now)
        #expect(exchange.fault()?.remedy == .backOff)
    }

    @Test func `a server that sends unrequested commands is given up`() {
        var exchange = Exchange.open()
        var count = 0
        for number in 1...1000 {
            exchange.receive("MSG c 1 $JS.ACK.COMMANDS.c.1.\(number).\(number).0.0 2\r\n{}\r\n")
            while let event = exchange.lane.nextEvent() {
                if case .delivered = event { count += 1 }
                if case .failed(let fault) = event {
                    #expect(fault.message.contains("more commands"))
                    #expect(count == 128)
                    return
                }
            }
        }
        Issue.record("the lane did not fail")
    }
}
