import NATS
import Testing

@Suite struct JetStreamAnswerTests {
    /// The answers of version 2.9.10.
    static let texts = [
        "acknowledgement": #"{"stream":"S", "seq":1}"#,
        "duplicate": #"{"stream":"S", "seq":1,"duplicate": true}"#,
        "wrong stream":
            #"{"error":{"code":400,"err_code":10060,"description":"expected stream does not match"},"#
            + #""stream":"S","seq":0}"#,
        "no stream":
            #"{"type":"io.nats.jetstream.api.v1.stream_info_response","error":{"code":404,"err_code":10059,"#
            + #""description":"stream not found"},"total":0,"offset":0,"limit":0}"#,
        "stream":
            #"{"type":"io.nats.jetstream.api.v1.stream_info_response","total":0,"offset":0,"limit":0,"config":"#
            + #"{"name":"S","subjects":["stations.\u003e"],"retention":"limits","max_consumers":-1,"max_msgs":-1,"#
            + #""storage":"file","num_replicas":1,"duplicate_window":120000000000},"created":"#
            + #""2026-11-24T20:59:57.281146313Z","state":{"messages":3,"bytes":90,"first_seq":2,"#
            + #""first_ts":"0001-01-01T00:00:00Z","last_seq":4,"last_ts":"0001-01-01T00:00:00Z","consumer_count":0}}"#,
        "consumer":
            #"{"type":"io.nats.jetstream.api.v1.consumer_create_response","stream_name":"S","name":"c","config":"#
            + #"{"durable_name":"c","ack_policy":"explicit"},"delivered":{"consumer_seq":0,"stream_seq":0},"#
            + #""num_ack_pending":2,"num_redelivered":0,"num_waiting":0,"num_pending":5}"#,
        "message":
            #"{"type":"io.nats.jetstream.api.v1.stream_msg_get_response","message":{"#
            + #""subject":"stations.7.ticket.created","seq":9,"hdrs":"TkFUUy8xLjANCk5hdHMtTXNnLUlkOiBhLTENCg0K","#
            + #""data":"aGk=","time":"2026-11-24T21:00:00Z"}}"#,
    ]

    static func answer(_ name: String) -> NATSMessage { .answer(texts[name] ?? "") }

    // MARK: Acknowledgements

    @Test func `an acknowledgement is read`() throws {
        let acknowledgement = try JetStreamPublishAcknowledgement(Self.answer("acknowledgement"))
        #expect(acknowledgement.stream == "S" && acknowledgement.sequence == 1 && !acknowledgement.isDuplicate)
        let largest = try JetStreamPublishAcknowledgement(.answer(#"{"stream":"S","seq":18446744073709551615}"#))
        #expect(largest.sequence == .max)
    }

    @Test func `a duplicate counts as stored`() throws {
        #expect(try JetStreamPublishAcknowledgement(Self.answer("duplicate")).isDuplicate)
    }

    @Test func `an error comes before the acknowledgement`() {
        for text in [
            Self.texts["wrong stream"] ?? "", #"{"stream":"S","seq":7,"error":{"code":400,"err_code":10060}}"#,
        ] {
            do {
                _ = try JetStreamPublishAcknowledgement(.answer(text))
                Issue.record("counted as stored: \(text)")
            } catch {
                guard case .refused(let refusal) = error else {
                    Issue.record("\(error)")
                    continue
                }
                #expect(refusal.kind == .unexpectedStream && refusal.code == 400)
            }
        }
    }

    @Test func `status 503 means that nobody listens`() throws {
        let answer = try NATSMessage.status("503")
        #expect(throws: JetStreamFault.noResponders) { try JetStreamPublishAcknowledgement(answer) }
        #expect(throws: JetStreamFault.noResponders) { try JetStreamStream(answer) }
    }

    @Test func `malformed acknowledgements are refused`() {
        let table: [String] = [
            "", "x", "+OK", "null", "[]", "7", "{}", #"{"stream":"S"}"#, #"{"seq":1}"#, #"{"stream":"","seq":1}"#,
            #"{"stream":"S","seq":0}"#, #"{"stream":"S","seq":-1}"#, #"{"stream":"S","seq":"1"}"#,
            #"{"stream":"S","seq":1.5}"#, #"{"stream":"S","seq":18446744073709551616}"#, #"{"stream":7,"seq":1}"#,
            #"{"stream":"S","seq":1,"error":"no"}"#, #"{"stream":"S","seq":1,"error":[]}"#, #"{"stream":"S","seq":1}}"#,
            #"{"stream":"S","seq":1,"seq":2}"#, "\u{FEFF}{}",
        ]
        for text in table {
            do {
                _ = try JetStreamPublishAcknowledgement(.answer(text))
                Issue.record("counted as stored")
            } catch {
                guard case .malformed(let message) = error else {
                    Issue.record("\(error)")
                    continue
                }
                #expect(message.contains("JetStream"))
            }
        }
    }

    @Test func `another status is not an acknowledgement`() throws {
        let answer = try NATSMessage.status("100 Idle Heartbeat")
        #expect(throws: JetStreamFault.self) { try JetStreamPublishAcknowledgement(answer) }
    }

    @Test func `deep nesting is refused`() {
        let text = String(repeating: "[", count: 100_000)
        #expect(throws: JetStreamFault.self) { try JetStreamPublishAcknowledgement(.answer(text)) }
    }

    // MARK: Errors

    @Test(arguments: [
        (10059, JetStreamError.Kind.streamNotFound), (10014, .consumerNotFound), (10037, .messageNotFound),
        (10039, .notEnabled), (10076, .notEnabled), (10058, .streamNameInUse), (10065, .subjectsOverlap),
        (10054, .messageTooLarge), (10047, .outOfResources), (10077, .outOfResources), (10008, .unavailable),
        (10025, .other), (0, .other), (-1, .other),
    ])
    func `errors have a number and a sentence`(_ number: Int, _ kind: JetStreamError.Kind) {
        do {
            _ = try JetStreamStream(.answer(#"{"error":{"code":500,"err_code":\#(number),"description":"a\nb"}}"#))
            Issue.record("no error")
        } catch {
            guard case .refused(let refusal) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(refusal.kind == kind && refusal.code == 500 && refusal.errorCode == number)
            #expect(error.message.hasSuffix("(500, error \(number): a b)"))
        }
    }

    @Test func `an empty error is an error`() {
        #expect(throws: JetStreamFault.self) { try JetStreamStream(.answer(#"{"error":{}}"#)) }
    }
}
