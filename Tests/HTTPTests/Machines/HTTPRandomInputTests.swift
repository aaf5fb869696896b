import Bytes
import Generators
import HTTP
import Testing

/// On any input, no machine traps, and the result does not depend on how the input is split.
@Suite struct HTTPRandomInputTests {
    private static let words = [
        "GET", "POST", "HEAD", "OPTIONS", " ", "  ", "/", "/a/b", "*", "?", "a=b&c", "%41", "%", "%00", "HTTP/1.1",
        "HTTP/1.0",
        "HTTP/2.0", "\r\n", "\r\n", "\r\n", "\r\n\r\n", "\n", "\r", "Host: a\r\n", "Host", ":", "Content-Length: 5\r\n",
        "Content-Length: ", "Transfer-Encoding: chunked\r\n", "Transfer-Encoding: ", "chunked", "gzip", ",", ";", "0",
        "5", "ffff",
        "0\r\n\r\n", "5\r\nhello\r\n", "hello", "Expect: 100-continue\r\n", "Connection: close\r\n",
        "Connection: upgrade\r\n",
        "Upgrade: x\r\n", "\u{0}", "\u{7F}", "\u{E9}", "\t", "http://b", "[::1]", "..", "200", "204 No Content", "304",
        "101", "100",
    ]

    private static func input(_ random: inout RepeatableGenerator) -> [UInt8] {
        var bytes: [UInt8] = []
        switch Int.random(in: 0..<4, using: &random) {
        case 0:
            for _ in 0..<Int.random(in: 0..<200, using: &random) { bytes.append(.random(in: 0...255, using: &random)) }
        case 1:
            for _ in 0..<Int.random(in: 0..<30, using: &random) {
                bytes += Array((words.randomElement(using: &random) ?? "").utf8)
            }
        default:
            let table = RequestCase.wellFormed + RequestCase.malformed
            for _ in 0..<3 { bytes += table.randomElement(using: &random)?.bytes ?? [] }
            for _ in 0..<Int.random(in: 0..<4, using: &random) where !bytes.isEmpty {
                let index = bytes.indices.randomElement(using: &random) ?? 0
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[index] = .random(in: 0...255, using: &random)
                case 1: bytes.remove(at: index)
                default: bytes.insert(contentsOf: Array((words.randomElement(using: &random) ?? "").utf8), at: index)
                }
            }
        }
        return bytes
    }

    private static func pieces(_ bytes: [UInt8], _ random: inout RepeatableGenerator) -> [ArraySlice<UInt8>] {
        var pieces: [ArraySlice<UInt8>] = []
        var start = 0
        while start < bytes.count {
            let end = min(bytes.count, start + Int.random(in: 1...40, using: &random))
            pieces.append(bytes[start..<end])
            start = end
        }
        return pieces
    }

    @Test func `random requests are read the same in every split`() {
        var random = RepeatableGenerator.announced("HTTPRandomInputTests, server")
        var limits = HTTPLimits()
        limits.requestTargetBytesMax = 40
        limits.headBytesMax = 200
        limits.bodyBytesMax = 60
        limits.fieldCountMax = 6
        limits.chunkExtensionBytesMax = 10
        limits.trailerBytesMax = 20
        for round in 0..<4000 {
            let bytes = Self.input(&random)
            let limits = round.isMultiple(of: 2) ? limits : HTTPLimits()
            let whole = ServerConversation.events(of: [bytes[...]], limits: limits)
            let split = ServerConversation.events(of: Self.pieces(bytes, &random), limits: limits)
            #expect(whole == split, "seed \(random.seed), round \(round)")
        }
    }

    @Test func `random responses are read the same in every split`() {
        var random = RepeatableGenerator.announced("HTTPRandomInputTests, client")
        for round in 0..<4000 {
            let bytes = Array("HTTP/1.1 ".utf8) + Self.input(&random)
            let whole = Self.responses(to: [bytes[...]])
            let split = Self.responses(to: Self.pieces(bytes, &random))
            #expect(whole == split, "seed \(random.seed), round \(round)")
        }
    }

    private static func responses(to pieces: [ArraySlice<UInt8>]) -> [String] {
        var machine = HTTPClientMachine()
        var request: [UInt8] = []
        machine.send(.get, "/", host: "a", into: &request)
        var events: [String] = []
        for piece in pieces {
            machine.receive(Array(piece).span)
            while let event = machine.nextEvent() { events.append("\(event)") }
        }
        machine.inputClosed()
        while let event = machine.nextEvent() { events.append("\(event)") }
        return events
    }
}
