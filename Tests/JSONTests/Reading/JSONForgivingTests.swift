import Bytes
import JSON
import Testing

@Suite struct JSONForgivingTests {
    private static let mark: [UInt8] = [0xEF, 0xBB, 0xBF]

    @Test func `a byte order mark before a text is skipped, once`() throws {
        #expect(try JSONParser.parse(forgiving: Self.mark + Array("{\"a\":1}".utf8)) == ["a": 1])
        #expect(try JSONParser.parse(forgiving: Self.mark + Array(" []".utf8)) == [])
        for text in [Self.mark, Self.mark + Self.mark + Array("1".utf8), Array(" \u{FEFF}1".utf8)] {
            #expect(throws: JSONFault.self) { try JSONParser.parse(forgiving: text) }
        }
        #expect(try JSONParser.parse(forgiving: Array("\"\u{FEFF}a\"".utf8)) == "\u{FEFF}a", "in a string it stays")
    }

    @Test(arguments: [
        (#""a\ud83d""#, "a\u{FFFD}"), (#""\udE00b""#, "\u{FFFD}b"), (#""\ud83dx""#, "\u{FFFD}x"),
        (#""\ud83d\ud83d\ude00""#, "\u{FFFD}\u{1F600}"), (#""\ud83d\u0041""#, "\u{FFFD}A"),
        (#""\ud83d\n""#, "\u{FFFD}\n"), (#""\\ud83d""#, #"\ud83d"#), (#""\\\ud83d""#, "\\\u{FFFD}"),
        (#""\ud83d\ude00\udead""#, "\u{1F600}\u{FFFD}"),
    ])
    func `half of a surrogate pair becomes U+FFFD, and whole pairs stay`(text: String, value: String) throws {
        #expect(try JSONParser.parse(forgiving: Array(text.utf8)) == .string(value))
    }

    @Test(
        arguments: [
            ([0x61, 0xFF, 0x62], "a\u{FFFD}b"), ([0xC3], "\u{FFFD}"), ([0xE2, 0x82], "\u{FFFD}"),
            ([0xED, 0xA0, 0xBD], "\u{FFFD}\u{FFFD}\u{FFFD}"), ([0x63, 0x61, 0x66, 0xE9], "caf\u{FFFD}"),
        ] as [([UInt8], String)])
    func `bytes that are not UTF-8 become U+FFFD`(bytes: [UInt8], value: String) throws {
        #expect(try JSONParser.parse(forgiving: [0x22] + bytes + [0x22]) == .string(value))
    }

    @Test func `the text without its slips is what a strict parser accepts`() throws {
        let slips = Self.mark + Array("{\"a\": [\"\\udc00\", \"".utf8) + [0x80] + Array("\"]}".utf8)
        #expect(throws: JSONFault.self) { try JSONParser.parse(slips) }
        var text = slips
        let value = try JSONParser.parse(forgiving: &text)
        #expect(value == ["a": ["\u{FFFD}", "\u{FFFD}"]])
        #expect(try JSONParser.parse(text) == value)
    }

    @Test func `a text without slips stays as it is`() throws {
        let text = Array(#" {"a" :1.0, "b":"\ud83d\ude00"} "#.utf8)
        var read = text
        _ = try JSONParser.parse(forgiving: &read)
        #expect(read == text)
    }

    @Test func `all else that is wrong stays wrong`() {
        let texts = [
            #"{"a":1,"a":2}"#, #"{"\ud800":1,"\udbff":2}"#, "[1,]", #""\u12""#, #""\ud83"#, "\"\u{1}\"", "01", "{} {}",
            #"["\ud83d",]"#, #"\ud83d"#,
        ]
        for text in texts { #expect(throws: JSONFault.self) { try JSONParser.parse(forgiving: Array(text.utf8)) } }
        #expect(throws: JSONFault.self) { try JSONParser.parse(forgiving: Array("[\"".utf8) + [0xFF]) }
    }

    @Test func `limits hold for the text as it came`() throws {
        let limits = JSONLimits(depthMax: 1, bytesMax: 6)
        let text: [UInt8] = [0x22, 0xFF, 0xFF, 0xFF, 0xFF, 0x22]
        #expect(try JSONParser.parse(forgiving: text, limits: limits) == "\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}")
        #expect(throws: JSONFault.self) { try JSONParser.parse(forgiving: text + [0x20], limits: limits) }
        #expect(throws: JSONFault.self) {
            try JSONParser.parse(forgiving: Self.mark + Array("[[]]".utf8), limits: JSONLimits(depthMax: 1))
        }
    }
}
