import NATS
import Testing

@Suite struct JetStreamPullTests {
    private static func text(_ request: JetStreamRequest) -> String { String(decoding: request.payload, as: UTF8.self) }

    @Test func `requests are written`() throws {
        let stream = try #require(JetStreamName("S"))
        let name = try #require(JetStreamName("station-7"))
        let filter = try #require(NATSSubjectFilter("stations.7.commands"))
        let creation = JetStreamRequest.createConsumer(
            JetStreamConsumerConfiguration(name: name, stream: stream, filter: filter))
        #expect(creation.subject.text == "$JS.API.CONSUMER.DURABLE.CREATE.S.station-7")
        #expect(
            Self.text(creation)
                == #"{"stream_name":"S","config":{"durable_name":"station-7","filter_subject":"stations.7.commands","#
                + #""deliver_policy":"all","replay_policy":"instant","ack_policy":"explicit","ack_wait":30000000000,"#
                + #""max_ack_pending":64}}"#)
        let pull = JetStreamRequest.nextMessages(10, of: name, in: stream, bytesMax: 1000, expiresMillis: 1500)
        #expect(pull.subject.text == "$JS.API.CONSUMER.MSG.NEXT.S.station-7")
        #expect(Self.text(pull) == #"{"batch":10,"max_bytes":1000,"expires":1500000000}"#)
        let glance = JetStreamRequest.nextMessages(1, of: name, in: stream, bytesMax: 1000, expiresMillis: nil)
        #expect(Self.text(glance) == #"{"batch":1,"max_bytes":1000,"no_wait":true}"#)
    }

    @Test func `a consumer is read`() throws {
        let consumer = try JetStreamConsumer(JetStreamAnswerTests.answer("consumer"))
        #expect(consumer.stream == "S" && consumer.name == "c")
        #expect(consumer.pendingCount == 5 && consumer.unacknowledgedCount == 2)
        #expect(throws: JetStreamFault.self) { try JetStreamConsumer(.answer(#"{"name":"c"}"#)) }
        #expect(throws: JetStreamFault.self) { try JetStreamConsumer(.answer(#"{"stream_name":"S"}"#)) }
    }

    @Test(arguments: [
        ("404 No Messages", JetStreamPullEnd.noMessages), ("408 Request Timeout", .expired),
        ("409 Consumer Deleted", .consumerDeleted), ("409 Message Size Exceeds MaxBytes", .messageTooLarge),
        ("503", .noResponders), ("409 Exceeded MaxWaiting", .refused("409 Exceeded MaxWaiting")),
        ("400 Bad Request", .refused("400 Bad Request")),
    ])
    func `each status ends a pull in its way`(_ words: String, _ end: JetStreamPullEnd) throws {
        #expect(JetStreamPullEvent(try NATSMessage.status(words)) == .ended(end))
    }

    private static func delivery(_ reply: NATSSubject?) -> JetStreamDelivery? {
        let message = NATSMessage(subject: "stations.7.commands", sid: 1, reply: reply, payload: "c".bytes)
        guard case .message(let delivery)? = JetStreamPullEvent(message) else { return nil }
        return delivery
    }

    @Test func `a delivery is read`() throws {
        let replies: [NATSSubject] = [
            "$JS.ACK.S.c.2.30.4.1795554010814768110.5", "$JS.ACK.hub.ACC.S.c.2.30.4.1795554010814768110.5",
            "$JS.ACK.hub.ACC.S.c.2.30.4.1795554010814768110.5.x", "$JS.ACK._.ACC.S.c.2.30.4.1795554010814768110.5.x.y",
        ]
        for reply in replies {
            let delivery = try #require(Self.delivery(reply))
            #expect(delivery.subject == "stations.7.commands" && delivery.payload == "c".bytes)
            #expect(delivery.deliveryCount == 2 && delivery.streamSequence == 30 && delivery.pendingCount == 5)
            #expect(delivery.acknowledgementSubject == reply)
        }
    }

    @Test func `messages without an acknowledgement subject are not deliveries`() {
        let replies: [NATSSubject?] = [
            nil, "a", "$JS.ACK", "$JS.ACK.S.c.2.30.4.1795554010814768110", "$JS.ACK.S.c.x.30.4.1.5",
            "$JS.ACK.S.c.2.x.4.1.5", "$JS.ACK.S.c.2.30.4.1.x", "$JS.ACK.S.c.2.18446744073709551616.4.1.5",
            "$JS.ACK.hub.S.c.2.30.4.1.5", "$JS.API.S.c.2.30.4.1.5", "JS.ACK.S.c.2.30.4.1.5",
        ]
        for reply in replies { #expect(Self.delivery(reply) == nil, "\(String(describing: reply))") }
    }

    @Test(arguments: [
        (JetStreamAcknowledgement.done, "+ACK"), (.again(afterMillis: nil), "-NAK"),
        (.again(afterMillis: 5), "-NAK {\"delay\": 5000000}"), (.inProgress, "+WPI"), (.never, "+TERM"),
    ])
    func `acknowledgements are written`(_ acknowledgement: JetStreamAcknowledgement, _ text: String) {
        #expect(acknowledgement.payload == text.bytes)
    }
}
