import NATS

// The first byte chooses: bit 0 the small limits, bit 1 that an INFO of the server comes first, the others the pieces.
// The rest are the bytes that the server sends.

extension FuzzMachine {
    static let nats = FuzzMachine(
        "nats",
        words: NATSWords.all,
        seeds: {
            let texts =
                NATSWords.lines + [
                    NATSWords.lines.joined(), "HMSG a 1 16 16\r\nNATS/1.0 503\r\n\r\n\r\n",
                    "HMSG a.b 18446744073709551615 r 22 24\r\nNATS/1.0 100 A\r\nA:b\r\n\r\n\r\n",
                    "MSG a 1 18446744073709551615\r\n",
                    "MSG a 1 -1\r\n", "HMSG a 1 5 4\r\n", "INFO {\"max_payload\":-9223372036854775808}\r\n",
                    "INFO {\"headers\":true,\"max_payload\":1e300,\"connect_urls\":[1,\"a\"]}\r\n", "PING", "\r\n",
                    "\n", "PING \r\r\n",
                ]
            return texts.flatMap { [[UInt8]($0).prefixed(by: 2), [UInt8]($0).prefixed(by: 13)] }
        },
        body: { bytes in
            var input = FuzzInput(bytes)
            let choice = input.byte()
            let wire = (choice & 2 == 0 ? [] : [UInt8](NATSWords.information)) + input.rest()
            let whole = events(of: [wire[...]], choice)
            let split = events(of: wire.pieces(choice >> 2), choice)
            expect(whole == split, "the events do not depend on the pieces: \(whole) \(split)")
        })

    private static func events(of pieces: [ArraySlice<UInt8>], _ choice: UInt8) -> [NATSEvent] {
        let limits =
            choice & 1 == 0
            ? NATSLimits()
            : NATSLimits(
                controlLineBytesMax: 60, informationBytesMax: 100, payloadBytesMax: 50, headerBytesMax: 40,
                headerFieldsMax: 2, pongsMax: 2)
        var machine = NATSClientMachine(limits: limits)
        var events: [NATSEvent] = []
        var received = 0
        for piece in pieces {
            received += piece.count
            machine.receive(piece.span)
            while let event = machine.nextEvent() {
                check(event, machine, limits)
                events.append(event)
            }
            expect(machine.bufferedBytes <= received, "the machine holds no more than it has received")
            var replies: [UInt8] = []
            machine.drainReplies(into: &replies)
            expect(replies.count <= 6 * limits.pongsMax, "pongs are within their limit")
        }
        return events
    }

    private static func check(_ event: NATSEvent, _ machine: NATSClientMachine, _ limits: NATSLimits) {
        switch event {
        case .fault: expect(machine.isClosed, "nothing comes after a fault")
        case .error(let error):
            expect(machine.isClosed == error.endsConnection, "an error ends the connection if it says so")
            _ = error.message
        case .message(let message):
            expect(message.payload.count <= limits.payloadBytesMax, "a payload is within its limit")
            expect((message.headers?.fields.count ?? 0) <= limits.headerFieldsMax, "headers are within their limit")
            NATSWords.readAnswer(message)
            guard let subject = NATSSubject(message.subject), let server = machine.server else { return }
            // The message can be published again.
            var wire: [UInt8] = []
            let fields = message.headers?.fields.compactMap { NATSHeaders.Field($0.name, $0.value) }
            try? machine.publish(
                to: subject, reply: message.reply, headers: fields.map { NATSHeaders($0) }, payload: message.payload,
                into: &wire)
            expect(wire.count <= server.payloadBytesMax + 2200, "nothing larger is sent than the server accepts")
            var connect: [UInt8] = []
            try? machine.connect(as: .token("t"), name: "n", version: "1", into: &connect)
        case .information, .ok, .pong: break
        }
    }

    // MARK: - Answers of JetStream

    /// The first byte chooses the headers and the reply subject; the rest is the payload of an answer.
    static let jetStream = FuzzMachine(
        "jetstream", bytesMax: 512,
        words: NATSWords.all,
        seeds: {
            NATSWords.answers.flatMap {
                [[UInt8]($0).prefixed(by: 0), [UInt8]($0).prefixed(by: 1), [UInt8]($0).prefixed(by: 130)]
            }
        },
        body: { bytes in
            var input = FuzzInput(bytes)
            let choice = input.byte()
            let payload = input.rest()
            let subjects: [NATSSubject?] = [
                nil, NATSSubject("$JS.ACK.STATIONS.c.1.5.5.0.0"), NATSSubject("$JS.ACK.d.a.STATIONS.c.1.5.5.0.7.x"),
                NATSSubject(String(decoding: payload, as: UTF8.self)),
            ]
            let fields = ["Nats-Msg-Size", "Nats-Msg-Id"].compactMap {
                NATSHeaders.Field($0, String(decoding: payload.prefix(20), as: UTF8.self))
            }
            NATSWords.readAnswer(
                NATSMessage(
                    subject: "a", sid: 1, reply: subjects[Int(choice) % 4],
                    headers: choice > 127 ? NATSHeaders(fields) : nil,
                    payload: payload))
            let text = String(decoding: payload, as: UTF8.self)
            if let filter = NATSSubjectFilter(text) {
                expect(filter.covers(filter), "a filter covers itself")
                expect(NATSSubjectFilter(">").map { $0.covers(filter) } ?? false, "`>` covers every filter")
            }
            _ = JetStreamName(text)
        })
}

/// The words of NATS.
enum NATSWords {
    static let information =
        "INFO {\"server_id\":\"N\",\"version\":\"2.9.10\",\"headers\":true,\"max_payload\":1048576,\"proto\":1}\r\n"

    static let lines = [
        information, "MSG a.b 1 5\r\nhello\r\n", "MSG a 1 r.1 0\r\n\r\n",
        "HMSG a 1 r 18 20\r\nNATS/1.0\r\nA: b\r\n\r\nhi\r\n",
        "PING\r\n", "PONG\r\n", "+OK\r\n", "-ERR 'Permissions Violation for Publish to \"a\"'\r\n",
        "-ERR 'Unknown'\r\n",
        "-ERR 'Authorization Violation'\r\n", "msg\ta \t 1 1\r\nx\r\n",
    ]

    static let answers = [
        #"{"config":{"name":"STATIONS","subjects":["stations.>"],"retention":"limits","storage":"file","#
            + #""duplicate_window":120000000000},"created":"2025-01-12T10:30:01Z","#
            + #""state":{"messages":0,"first_seq":0,"last_seq":0}}"#,
        #"{"error":{"code":404,"err_code":10059,"description":"stream not found"}}"#,
        #"{"error":{"code":404,"err_code":10037,"description":"no message found"}}"#,
        #"{"stream":"STATIONS","seq":1}"#, #"{"stream":"STATIONS","seq":18446744073709551615,"duplicate":true}"#,
        #"{"stream_name":"STATIONS","name":"c","num_pending":3,"num_ack_pending":-1}"#,
        #"{"message":{"subject":"stations.7.support.ticket.updated","seq":5,"data":"e30=","#
            + #""hdrs":"TkFUUy8xLjANCk5hdHMtTXNnLUlkOiBlLTEtNQ0KDQo="}}"#,
        #"{"message":{"subject":"a","seq":18446744073709551615,"data":"e30="}}"#, "{", "", "{}", "[]", "+ACK",
        #"{"error":{"code":9223372036854775807,"err_code":-9223372036854775808}}"#,
        #"{"error":{"code":1e300,"err_code":0.5,"description":null}}"#,
    ]

    static let statuses = [
        "408 Request Timeout", "404 No Messages", "409 Consumer Deleted", "409 Message Size Exceeds MaxBytes", "503",
        "409 Server Shutdown", "100 Idle Heartbeat",
    ]

    static let all =
        [
            "INFO ", "MSG ", "HMSG ", "PING\r\n", "PONG\r\n", "+OK\r\n", "-ERR ", "NATS/1.0", "\r\n", "\r\n\r\n",
            " 503", "$JS.ACK.",
            "\"headers\":true", "\"max_payload\":", "\"tls_required\":true", "\"ldm\":true", "\"error\"", "\"code\":",
            "\"err_code\":",
            "\"seq\":", "\"stream\":", "\"message\":", "\"hdrs\":", "\"data\":", "18446744073709551615", "-1",
            "Nats-Msg-Size: ",
            "Nats-Msg-Id: ", ".", "*", ">", "'",
        ] + statuses

    /// Reads an answer as each kind of answer in turn.
    static func readAnswer(_ message: NATSMessage) {
        if let stream = try? JetStreamStream(message), let name = JetStreamName("S"), let all = NATSSubjectFilter("a.>")
        {
            let wanted = JetStreamStreamConfiguration(name: name, subjects: [all], duplicateWindowMillis: 120_000)
            _ = stream.shortcoming(for: wanted)
        }
        do {
            _ = try JetStreamPublishAcknowledgement(message)
        } catch {
            _ = error.message
        }
        _ = try? JetStreamConsumer(message)
        _ = try? JetStreamStoredMessage(message).messageID
        _ = JetStreamPullEvent(message)
        if let delivery = JetStreamDelivery(message) {
            expect(delivery.acknowledgementSubject == message.reply, "a delivery is acknowledged on its reply subject")
        }
    }
}
