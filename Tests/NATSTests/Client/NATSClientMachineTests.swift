import NATS
import Testing

@Suite struct NATSClientMachineTests {
    // MARK: What servers send

    @Test func `the server introduces itself`() throws {
        let line =
            #"INFO {"server_id":"NA","server_name":"x","version":"2.9.10","proto":1,"headers":true,"#
            + #""auth_required":true,"tls_required":false,"max_payload":1048576,"jetstream":true,"ldm":true,"#
            + #""connect_urls":["10.0.0.1:4222",7,"10.0.0.2:4222"],"client_ip":"127.0.0.1"} "# + "\r\n"
        let outcome = NATSFeed.outcome(of: line, after: "")
        guard case .information(let server)? = outcome.events.first else {
            Issue.record("\(outcome.events)")
            return
        }
        #expect(server.id == "NA" && server.version == "2.9.10")
        #expect(server.hasHeaders && server.hasJetStream && server.requiresAuthorization && server.isLameDuck)
        #expect(!server.requiresTLS)
        #expect(server.payloadBytesMax == 1_048_576)
        #expect(server.connectURLs == ["10.0.0.1:4222", "10.0.0.2:4222"])
    }

    @Test func `the server says what has changed`() {
        var machine = NATSFeed.connected()
        #expect(machine.server?.isLameDuck == false)
        machine.receive("INFO {\"ldm\":true}\r\n".bytes.span)
        while machine.nextEvent() != nil {}
        #expect(machine.server?.isLameDuck == true)
        // Members that a server leaves out have their defaults.
        #expect(machine.server?.payloadBytesMax == 1024 * 1024)
    }

    @Test func `messages are read`() {
        let table: [(String, NATSMessage)] = [
            ("MSG a.b 7 2\r\nhi\r\n", NATSMessage(subject: "a.b", sid: 7, payload: "hi".bytes)),
            ("msg a.b 7 2\r\nhi\r\n", NATSMessage(subject: "a.b", sid: 7, payload: "hi".bytes)),
            ("MSG\ta.b \t 7   2 \r\nhi\r\n", NATSMessage(subject: "a.b", sid: 7, payload: "hi".bytes)),
            ("MSG a 7 0\r\n\r\n", NATSMessage(subject: "a", sid: 7)),
            (
                "MSG a 7 r.1 4\r\n\r\n\r\n\r\n",
                NATSMessage(subject: "a", sid: 7, reply: "r.1", payload: "\r\n\r\n".bytes)
            ),
            ("MSG a 7 r..1 2\r\nhi\r\n", NATSMessage(subject: "a", sid: 7, payload: "hi".bytes)),
            ("MSG a 7 r.> 2\r\nhi\r\n", NATSMessage(subject: "a", sid: 7, payload: "hi".bytes)),
            ("MSG a..> 7 2\r\nhi\r\n", NATSMessage(subject: "a..>", sid: 7, payload: "hi".bytes)),
            (
                "HMSG a 18446744073709551615 18 20\r\nNATS/1.0\r\nA: b\r\n\r\nhi\r\n",
                NATSMessage(subject: "a", sid: .max, headers: ["A": "b"], payload: "hi".bytes)
            ),
            (
                "HMSG a 7 r 12 12\r\nNATS/1.0\r\n\r\n\r\n",
                NATSMessage(subject: "a", sid: 7, reply: "r", headers: [:])
            ),
            ("HMSG a 7 0 2\r\nhi\r\n", NATSMessage(subject: "a", sid: 7, payload: "hi".bytes)),
        ]
        for (text, message) in table {
            #expect(NATSFeed.events(of: text + "PONG\r\n") == [.message(message), .pong])
        }
    }

    @Test func `unreadable headers are only the message's fault`() {
        let table: [String] = [
            "HMSG a 7 r 4 6\r\nNATSok\r\n", "HMSG a 7 15 17\r\nNATS/1.0\r\nA\r\n\r\nok\r\n",
            "HMSG a 7 10 12\r\nNATS/1.0\r\nok\r\n", "HMSG a 7 8 10\r\nNATS/1.0ok\r\n",
            "HMSG a 7 14 16\r\nNATS/1.0\r\n\r\n\r\nok\r\n", "HMSG a 7 11 13\r\nNATS/1.0\n\r\nok\r\n",
        ]
        for text in table {
            let events = NATSFeed.events(of: text + "PONG\r\n")
            guard case .message(let message)? = events.first else {
                Issue.record("\(text): \(events)")
                continue
            }
            #expect(message.headers == nil && message.hasUnreadableHeaders)
            #expect(message.payload == "ok".bytes)
            #expect(events.last == .pong)
        }
    }

    @Test func `headers over the limits are not read`() {
        let limits = NATSLimits(headerBytesMax: 30, headerFieldsMax: 2)
        for text in [
            "HMSG a 7 32 32\r\nNATS/1.0\r\nLong: 678901234567\r\n\r\n\r\n",
            "HMSG a 7 27 27\r\nNATS/1.0\r\nA:1\r\nB:2\r\nC:3\r\n\r\n\r\n",
        ] {
            let events = NATSFeed.events(of: text, limits: limits)
            guard case .message(let message)? = events.first else {
                Issue.record("\(text): \(events)")
                continue
            }
            #expect(message.hasUnreadableHeaders && message.payload.isEmpty)
        }
    }

    @Test func `a status comes in place of a message`() throws {
        #expect(try NATSMessage.status("503").status == NATSFeed.status(503, ""))
        #expect(try NATSMessage.status("408 Request Timeout").status == NATSFeed.status(408, "Request Timeout"))
    }

    @Test func `acknowledgements of lines are read`() {
        #expect(NATSFeed.events(of: "+OK\r\n+ok\r\nPONG\r\n") == [.ok, .ok, .pong])
    }

    // MARK: Pings

    @Test func `pings are answered`() {
        let outcome = NATSFeed.outcome(of: "PING\r\nping \r\nPONG\r\n")
        #expect(outcome.events.dropFirst() == [.pong])
        #expect(String(decoding: outcome.replies, as: UTF8.self) == "PONG\r\nPONG\r\n")
    }

    @Test func `a flood of pings gets few answers`() {
        let bytes = (NATSFeed.information + String(repeating: "PING\r\n", count: 100_000)).bytes
        let outcome = NATSFeed.outcome(ofPieces: [bytes[...]], limits: NATSLimits(pongsMax: 3))
        #expect(String(decoding: outcome.replies, as: UTF8.self) == "PONG\r\nPONG\r\nPONG\r\n")
        #expect(!outcome.isClosed)
    }

    // MARK: Errors

    @Test func `some errors leave the connection open`() {
        let outcome = NATSFeed.outcome(of: "-ERR 'Permissions Violation for Publish to \"a.b\"'\r\nPONG\r\n")
        guard case .error(let error)? = outcome.events.dropFirst().first else {
            Issue.record("\(outcome.events)")
            return
        }
        #expect(error.kind == .permissionsViolation)
        #expect(error.text == "Permissions Violation for Publish to \"a.b\"")
        #expect(outcome.events.last == .pong && !outcome.isClosed)
    }

    @Test func `some errors end the connection`() {
        let outcome = NATSFeed.outcome(of: "-ERR 'Stale Connection'\r\nPONG\r\n")
        #expect(outcome.events.count == 2 && outcome.isClosed)
        guard case .error(let error)? = outcome.events.last else {
            Issue.record("\(outcome.events)")
            return
        }
        #expect(error.kind == .staleConnection)
    }

    @Test func `a full server may say so in place of INFO`() {
        let outcome = NATSFeed.outcome(of: "-ERR 'maximum connections exceeded'\r\n", after: "")
        #expect(outcome.events.count == 1 && outcome.isClosed)
    }

    // MARK: Faults

    @Test func `a line that breaks the protocol ends the connection`() {
        let table: [String] = [
            "\r\n", "\n", " PING\r\n", "PING\n", "PING\r\r\n", "PING x\r\n", "PONG 1\r\n", "+OK yes\r\n",
            "PINGPING\r\n",
            "FOO\r\n", "HTTP/1.1 400 Bad Request\r\n", "MSG\r\n", "MSG a\r\n", "MSG a 1\r\n", "MSG a 1 x\r\n",
            "MSG a 1 -1\r\n", "MSG a 1 +1\r\n", "MSG a 1 1.0\r\n", "MSG a 1 r 1 1\r\n", "MSG a x 1\r\n",
            "MSG a -1 1\r\n",
            "MSG a 18446744073709551616 1\r\n", "MSG a 1 18446744073709551616\r\n", "HMSG a 1 1\r\n",
            "HMSG a 1 3 2\r\n",
            "HMSG a 1 x 2\r\n", "HMSG a 1 r 1 2 3\r\n", "HMSG a 1 18446744073709551615 2\r\n", "MSG a 1 1\r\nxyz\r\n",
            "MSG a 1 1\r\nx\n\n", "MSG a 1 2\r\nx\r\n\r\n", "MSG a 1 0\r\nPING\r\n", "INFO\r\n", "INFO x\r\n",
            "INFO []\r\n",
            "INFO {\r\n", "INFO {\"max_payload\":-1}\r\n", "INFO {}{}\r\n", "\u{0}\r\n", "\u{E9}\r\n", "PUB a 1\r\n",
            "SUB a 1\r\n",
        ]
        for text in table {
            // Nothing after the fault is read.
            let outcome = NATSFeed.outcome(of: text + "PONG\r\nPONG\r\nPONG\r\n")
            #expect(outcome.isClosed)
            guard outcome.events.count == 2, case .fault(.malformed(let message))? = outcome.events.last else {
                Issue.record("\(text): \(outcome.events)")
                continue
            }
            #expect(message.contains("the server"))
        }
    }

    @Test func `a server must begin with INFO`() {
        let table: [String] = ["PING\r\n", "PONG\r\n", "+OK\r\n", "MSG a 1 1\r\nx\r\n", "SSH-2.0-OpenSSH_9.2\r\n"]
        for text in table {
            let outcome = NATSFeed.outcome(of: text, after: "")
            guard outcome.events.count == 1, case .fault(.malformed)? = outcome.events.first else {
                Issue.record("\(text): \(outcome.events)")
                continue
            }
        }
    }

    @Test func `exceeding a limit ends the connection`() {
        let limits = NATSLimits(controlLineBytesMax: 128, informationBytesMax: 256, payloadBytesMax: 20)
        let long = String(repeating: "x", count: 400)
        for text in [
            "MSG \(long) 1 1\r\n", long, "-ERR '\(long)'\r\n", "INFO {\"a\":\"\(long)\"}\r\n", "MSG a 1 21\r\n",
            "MSG a 1 18446744073709551615\r\n", "HMSG a 1 20 21\r\n",
        ] {
            let outcome = NATSFeed.outcome(of: text, limits: limits)
            guard outcome.events.count == 2, case .fault(.tooLarge)? = outcome.events.last else {
                Issue.record("\(text): \(outcome.events)")
                continue
            }
        }
    }

    @Test func `lines and messages may reach the limits`() {
        let line = "MSG \(String(repeating: "x", count: 118)) 1 1\r\n"
        let limits = NATSLimits(
            controlLineBytesMax: line.utf8.count, informationBytesMax: 256, payloadBytesMax: 1)
        #expect(NATSFeed.events(of: line + "x\r\nPONG\r\n", limits: limits).last == .pong)
    }

    @Test func `an incomplete message costs only what has arrived`() {
        var machine = NATSFeed.connected()
        machine.receive("MSG a 1 1000000\r\n".bytes.span)
        let first = machine.nextEvent()
        #expect(machine.bufferedBytes == 0)
        machine.receive([UInt8](repeating: 1, count: 1000).span)
        let second = machine.nextEvent()
        #expect(first == nil && second == nil)
        #expect(machine.bufferedBytes == 1000)
    }

    @Test func `nothing is kept after the end`() {
        var machine = NATSFeed.connected()
        machine.receive("FOO\r\n".bytes.span)
        let fault = machine.nextEvent()
        #expect(fault != nil && machine.isClosed)
        machine.receive([UInt8](repeating: 1, count: 1000).span)
        let event = machine.nextEvent()
        #expect(machine.bufferedBytes == 0 && event == nil)
    }
}

extension NATSFeed {
    /// A status to compare with.
    static func status(_ code: Int, _ description: String) -> NATSHeaders.Status? {
        let block = "NATS/1.0 \(code) \(description)\r\n\r\n"
        let line = "HMSG a 1 \(block.utf8.count) \(block.utf8.count)\r\n"
        guard case .message(let message)? = events(of: line + block + "\r\n").first else { return nil }
        return message.status
    }
}

extension NATSHeaders: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral fields: (String, String)...) { self.init(fields.compactMap { Field($0, $1) }) }
}
