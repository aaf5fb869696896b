import Bytes
import HTTP
import Testing

/// Each limit, reached exactly and exceeded by one.
@Suite struct HTTPServerMachineLimitTests {
    private var limits: HTTPLimits {
        var limits = HTTPLimits()
        limits.requestTargetBytesMax = 32
        limits.headBytesMax = 160
        limits.fieldCountMax = 4
        limits.bodyBytesMax = 20
        limits.chunkExtensionBytesMax = 12
        limits.trailerBytesMax = 24
        return limits
    }

    /// The fault's status, or 200 without one. It must be the same in every split.
    private func status(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) -> Int {
        let bytes = Array(text.utf8)
        let whole = ServerConversation.events(of: [bytes[...]], limits: limits)
        for pieces in ServerConversation.splits(of: bytes) {
            let events = ServerConversation.events(of: pieces, limits: limits)
            #expect(events == whole, "in pieces of \(pieces.map(\.count))", sourceLocation: sourceLocation)
        }
        if whole.last == "closed", let first = whole.first { return Int(first.prefix(3)) ?? 0 }
        return whole.last == "idle" ? 200 : 0
    }

    private func times(_ count: Int, _ text: String = "a") -> String { String(repeating: text, count: count) }

    @Test func `the target is limited`() {
        #expect(status("GET /\(times(31)) HTTP/1.1\r\nHost: a\r\n\r\n") == 200)
        #expect(status("GET /\(times(32)) HTTP/1.1\r\nHost: a\r\n\r\n") == 414)
        // An unfinished line may have 32 bytes, and 64 besides the target.
        #expect(status("GET /\(times(90))") == 0)
        #expect(status("GET /\(times(91))") == 414)
        #expect(status(times(96)) == 414)
    }

    @Test func `the head is limited`() {
        let rest = "GET / HTTP/1.1\r\nHost: a\r\nX: \r\n\r\n".utf8.count
        #expect(status("GET / HTTP/1.1\r\nHost: a\r\nX: \(times(160 - rest))\r\n\r\n") == 200)
        #expect(status("GET / HTTP/1.1\r\nHost: a\r\nX: \(times(161 - rest))\r\n\r\n") == 431)
        #expect(status("GET / HTTP/1.1\r\nHost: a\r\nX: \(times(300))\n") == 431)
        #expect(status("GET / HTTP/1.1\r\nHost: a\r\n" + times(159 - 25)) == 0)
        #expect(status("GET / HTTP/1.1\r\nHost: a\r\n" + times(160 - 25)) == 431)
    }

    @Test func `the number of fields is limited`() {
        #expect(status("GET / HTTP/1.1\r\nHost: a\r\n\(times(3, "X: y\r\n"))\r\n") == 200)
        #expect(status("GET / HTTP/1.1\r\nHost: a\r\n\(times(4, "X: y\r\n"))\r\n") == 431)
    }

    @Test func `the content's length is limited`() {
        #expect(status("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 20\r\n\r\n\(times(20))") == 200)
        #expect(status("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 21\r\n\r\n") == 413)
    }

    @Test func `the sum of chunks is limited`() {
        let head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        #expect(status("\(head)14\r\n\(times(20))\r\n0\r\n\r\n") == 200)
        #expect(status("\(head)15\r\n") == 413)
        #expect(status("\(head)13\r\n\(times(19))\r\n1\r\na\r\n0\r\n\r\n") == 200)
        #expect(status("\(head)13\r\n\(times(19))\r\n2\r\n") == 413)
    }

    @Test func `the sum of chunk extensions is limited`() {
        let head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        #expect(status("\(head)1;\(times(11))\r\na\r\n0\r\n\r\n") == 200)
        #expect(status("\(head)1;\(times(12))\r\n") == 413)
        #expect(status("\(head)1;\(times(9))\r\na\r\n0;a\r\n\r\n") == 200)
        #expect(status("\(head)1;\(times(9))\r\na\r\n0;ab\r\n\r\n") == 413)
        #expect(status("\(head)1;\(times(40))") == 413)
    }

    @Test func `trailers are limited`() {
        let head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"
        #expect(status("\(head)X: \(times(17))\r\n\r\n") == 200)
        #expect(status("\(head)X: \(times(18))\r\n\r\n") == 431)
        #expect(status("\(head)\(times(4, "X:\r\n"))\r\n") == 200)
        #expect(status("\(head)\(times(5, "X:\r\n"))\r\n") == 431)
    }

    @Test func `contradictory limits are reported`() {
        #expect(HTTPLimits().contradiction == nil)
        #expect(limits.contradiction == nil)
        var contradictory = HTTPLimits()
        contradictory.requestTargetBytesMax = contradictory.headBytesMax
        #expect(contradictory.contradiction == "headBytesMax must exceed requestTargetBytesMax by at least 64")
        contradictory = HTTPLimits()
        contradictory.requestTargetBytesMax = .max
        #expect(contradictory.contradiction != nil)
        contradictory = HTTPLimits()
        contradictory.idleTimeoutMillis = 0
        #expect(contradictory.contradiction != nil)
    }

    /// Single bytes and many tiny chunks cost time in proportion to their length. If each new byte caused the earlier
    /// ones to be searched again, this would take hours.
    @Test(.timeLimit(.minutes(1))) func `time is linear in the input`() {
        var limits = HTTPLimits()
        limits.headBytesMax = 200_000
        limits.bodyBytesMax = 200_000
        let head = Array(
            "POST / HTTP/1.1\r\nHost: a\r\nX: \(times(150_000))\r\nTransfer-Encoding: chunked\r\n\r\n".utf8)
        let chunks = Array((times(150_000, "1\r\na\r\n") + "0\r\n\r\n").utf8)
        let expected = ["POST / [] a \"\(times(150_000))\"", "idle"]
        #expect(ServerConversation.events(of: [head[...], chunks[...]], limits: limits) == expected)
        let bytes = head + chunks
        #expect(ServerConversation.events(of: bytes.indices.map { bytes[$0...$0] }, limits: limits) == expected)
    }
}
