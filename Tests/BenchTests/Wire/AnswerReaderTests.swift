import Testing

@testable import stationd_bench

@Suite struct AnswerReaderTests {
    /// Feeds the answer in pieces of this length. Returns the status, and after how many bytes it was complete.
    private static func read(_ text: String, pieceLength: Int) -> (status: Int, end: Int?) {
        let bytes = Array(text.utf8)
        var reader = AnswerReader()
        for start in stride(from: 0, to: bytes.count, by: pieceLength) {
            let end = min(start + pieceLength, bytes.count)
            let isComplete = unsafe bytes[start..<end].withUnsafeBytes { unsafe reader.consume($0) }
            if isComplete { return (reader.status, end) }
        }
        return (reader.status, nil)
    }

    @Test(arguments: [
        ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 200),
        ("HTTP/1.1 429 Too Many Requests\r\nRetry-After: 2\r\nContent-Length: 2\r\n\r\n{}", 429),
        ("HTTP/1.1 304 Not Modified\r\nETag: \"1\"\r\n\r\n", 304),
    ])
    func `an answer ends where it says, however it arrives`(text: String, status: Int) {
        for pieceLength in [1, 2, 7, text.utf8.count] {
            let read = Self.read(text, pieceLength: pieceLength)
            #expect(read.status == status)
            #expect(read.end == text.utf8.count)
        }
        #expect(Self.read(String(text.dropLast()), pieceLength: 3).end == nil)
    }
}
