import NATS
import Testing

@Suite struct NATSHeadersTests {
    /// The headers that the machine reads from a block.
    private func read(_ block: String) -> NATSHeaders? {
        let line = "HMSG a 1 \(block.utf8.count) \(block.utf8.count)\r\n"
        guard case .message(let message)? = NATSFeed.events(of: line + block + "\r\n").first else { return nil }
        #expect(message.hasUnreadableHeaders == (message.headers == nil))
        return message.headers
    }

    @Test func `fields keep their order and case`() {
        let headers = read("NATS/1.0\r\nb: 2\r\nB:\t 3 \r\na:1\r\nb:4\r\nempty:\r\ncolon: x:y\r\n\r\n")
        #expect(headers?.fields.map(\.name) == ["b", "B", "a", "b", "empty", "colon"])
        #expect(headers?.fields.map(\.value) == ["2", "3", "1", "4", "", "x:y"])
        #expect(headers?["b"] == "2" && headers?["B"] == "3" && headers?["A"] == nil)
        #expect(headers?.status == nil)
    }

    @Test func `a status has a code and may have words`() {
        let plain = read("NATS/1.0 503\r\n\r\n")
        #expect(plain?.status?.code == 503 && plain?.status?.description == "")
        let full = read("NATS/1.0 408 Request Timeout\r\nNats-Pending-Messages: 3\r\n\r\n")
        #expect(full?.status?.code == 408 && full?.status?.description == "Request Timeout")
        #expect(full?["Nats-Pending-Messages"] == "3")
    }

    @Test func `malformed blocks are not read`() {
        let table: [String] = [
            "NATS/1.1\r\n\r\n", "NATS/1.0x\r\n\r\n", "NATS/1.0 50\r\n\r\n", "NATS/1.0 5030\r\n\r\n",
            "NATS/1.0 abc\r\n\r\n", "NATS/1.0\r\n", "NATS/1.0\r\nA: b\r\n", "NATS/1.0\r\nA: b\n\r\n",
            "NATS/1.0\r\n: b\r\n\r\n", "NATS/1.0\r\nA : b\r\n\r\n", "NATS/1.0\r\nA\r\n\r\n",
            "NATS/1.0\r\nA: b\rc\r\n\r\n",
            "NATS/1.0\r\nA: \u{0}\r\n\r\n", "NATS/1.0\r\n\u{E9}: b\r\n\r\n", "NATS/1.0\r\n\r\nA: b\r\n\r\n",
        ]
        for block in table {
            #expect(read(block) == nil)
        }
    }

    @Test func `our own fields cannot turn into others`() {
        #expect(NATSHeaders.Field("Nats-Msg-Id", "e-1") != nil)
        #expect(NATSHeaders.Field("A", "") != nil)
        #expect(NATSHeaders.Field("A", "a b") != nil)
        for (name, value) in [
            ("", "a"), ("A:", "a"), ("A B", "a"), ("A\r\n", "a"), ("\u{E9}", "a"), ("A", "a\r\nB: c"), ("A", "a\nb"),
            ("A", "\u{0}"), ("A", " a"), ("A", "a "), ("A", "\ta"),
        ] {
            #expect(NATSHeaders.Field(name, value) == nil, "\(name): \(value)")
        }
    }

    @Test func `written headers are read back`() throws {
        let fields = try [("A", "b"), ("a", "c d"), ("A", "")].map { try #require(NATSHeaders.Field($0.0, $0.1)) }
        var output: [UInt8] = []
        try NATSFeed.connected().publish(to: "x", headers: NATSHeaders(fields), payload: [], into: &output)
        let sent = String(decoding: output, as: UTF8.self)
        let block = try #require(sent.split(separator: "\r\n", maxSplits: 1).last).dropLast()
        #expect(read(String(block))?.fields == fields)
    }
}
