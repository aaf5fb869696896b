import NATS
import Testing

@Suite struct JetStreamStreamTests {
    private static func configuration(
        _ subjects: String..., windowMillis: Int64 = 120_000
    ) throws -> JetStreamStreamConfiguration {
        JetStreamStreamConfiguration(
            name: try #require(JetStreamName("STATIONS")),
            subjects: try subjects.map { try #require(NATSSubjectFilter($0)) }, duplicateWindowMillis: windowMillis)
    }

    private static func text(_ request: JetStreamRequest) -> String { String(decoding: request.payload, as: UTF8.self) }

    @Test func `requests are written`() throws {
        let name = try #require(JetStreamName("STATIONS"))
        let lookUp = JetStreamRequest.lookUpStream(name)
        #expect(lookUp.subject.text == "$JS.API.STREAM.INFO.STATIONS" && lookUp.payload.isEmpty)
        let creation = JetStreamRequest.createStream(try Self.configuration("stations.>"))
        #expect(creation.subject.text == "$JS.API.STREAM.CREATE.STATIONS")
        #expect(
            Self.text(creation)
                == #"{"name":"STATIONS","subjects":["stations.>"],"storage":"file","retention":"limits","#
                + #""allow_direct":true,"duplicate_window":120000000000}"#)
        let short = JetStreamRequest.createStream(try Self.configuration("a", "b.*", windowMillis: 0))
        #expect(
            Self.text(short)
                == #"{"name":"STATIONS","subjects":["a","b.*"],"storage":"file","retention":"limits","#
                + #""allow_direct":true}"#
        )
        let endless = JetStreamRequest.createStream(try Self.configuration("a", windowMillis: .max))
        #expect(Self.text(endless).contains(#""duplicate_window":9223372036854775807"#))
        let last = JetStreamRequest.lastMessage(on: try #require(NATSSubjectFilter("stations.7.*.*")), of: name)
        #expect(last.subject.text == "$JS.API.STREAM.MSG.GET.STATIONS")
        #expect(Self.text(last) == #"{"last_by_subj":"stations.7.*.*"}"#)
    }

    @Test func `a stream is read`() throws {
        let stream = try JetStreamStream(JetStreamAnswerTests.answer("stream"))
        #expect(stream.name == "S" && stream.subjects.map(\.text) == ["stations.>"])
        #expect(stream.messageCount == 3 && stream.firstSequence == 2 && stream.lastSequence == 4)
        #expect(stream.duplicateWindowNanoseconds == 120_000_000_000)
    }

    @Test func `a description without its parts is refused`() {
        for text in [
            "{}", #"{"config":{"name":"S"}}"#, #"{"config":{},"state":{"last_seq":1}}"#,
            #"{"config":{"name":"S"},"state":{}}"#, #"{"config":7,"state":{"last_seq":1}}"#,
        ] {
            #expect(throws: JetStreamFault.self) { try JetStreamStream(.answer(text)) }
        }
    }

    private static func stream(
        subjects: String = #""stations.>""#, storage: String = "file", retention: String = "limits",
        window: Int64 = 120_000_000_000
    ) throws -> JetStreamStream {
        try JetStreamStream(
            .answer(
                #"{"config":{"name":"S","subjects":[\#(subjects)],"storage":"\#(storage)","#
                    + #""retention":"\#(retention)","duplicate_window":\#(window)},"state":{"last_seq":0}}"#))
    }

    @Test func `a stream will do, or says why not`() throws {
        let wanted = try Self.configuration("stations.>")
        #expect(try Self.stream().shortcoming(for: wanted) == nil)
        #expect(try Self.stream(subjects: #""a",">""#).shortcoming(for: wanted) == nil)
        #expect(try Self.stream(window: 600_000_000_000).shortcoming(for: wanted) == nil)
        #expect(
            try Self.stream(subjects: #""stations.*""#).shortcoming(for: wanted)
                == "the stream S does not listen on stations.>")
        #expect(try Self.stream(subjects: "").shortcoming(for: wanted)?.contains("does not listen") == true)
        #expect(try Self.stream(storage: "memory").shortcoming(for: wanted)?.contains("in memory") == true)
        #expect(try Self.stream(retention: "workqueue").shortcoming(for: wanted)?.contains("workqueue") == true)
        #expect(
            try Self.stream(window: 5_000_000_000).shortcoming(for: wanted)
                == "the stream S recognises duplicates for only 5000 ms, not for 120000 ms")
    }

    @Test func `a stored message is read`() throws {
        let message = try JetStreamStoredMessage(JetStreamAnswerTests.answer("message"))
        #expect(message.subject == "stations.7.ticket.created" && message.sequence == 9)
        #expect(message.messageID == "a-1" && message.payload == "hi".bytes)
        let bare = try JetStreamStoredMessage(.answer(#"{"message":{"subject":"a","seq":1}}"#))
        #expect(bare.messageID == nil && bare.headers == nil && bare.payload.isEmpty)
        let odd = try JetStreamStoredMessage(.answer(#"{"message":{"subject":"a","seq":1,"hdrs":"aGk="}}"#))
        #expect(odd.headers == nil)
        for text in [
            "{}", #"{"message":7}"#, #"{"message":{"seq":1}}"#, #"{"message":{"subject":"a"}}"#,
            #"{"message":{"subject":"a","seq":1,"data":"a"}}"#, #"{"message":{"subject":"a","seq":1,"hdrs":"*"}}"#,
        ] {
            #expect(throws: JetStreamFault.self) { try JetStreamStoredMessage(.answer(text)) }
        }
    }

    @Test func `names are checked`() {
        for text in ["S", "STATIONS", "station-7_commands", "$x", String(repeating: "a", count: 255)] {
            #expect(JetStreamName(text)?.text == text)
        }
        for text in ["", "a.b", "a b", "*", ">", "a/b", "a\\b", "a\r\n", "é", String(repeating: "a", count: 256)] {
            #expect(JetStreamName(text) == nil, "\(text)")
        }
    }
}
