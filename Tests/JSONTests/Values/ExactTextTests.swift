import Testing

@testable import JSON

@Suite struct ExactTextTests {
    @Test func `texts are equal if their bytes are the same`() {
        let texts = [
            "", "a", "b", "ab", "\u{E9}", "e\u{301}", "\u{212B}", "A\u{30A}", "\u{C5}", "a\0",
            "a longer text than fits inline",
            "a longer text than fits inlinE", "ö𝄞",
        ]
        for (place, left) in texts.enumerated() {
            for (otherPlace, right) in texts.enumerated() {
                #expect(ExactText.equal(left, right) == (place == otherPlace), "\(left) \(right)")
            }
        }
        #expect(Set(texts.map(ExactText.init)).count == texts.count)
    }

    @Test func `equal texts have equal hashes, however they were made`() {
        let one = ExactText("a text of some length, " + "joined")
        let other = ExactText(String(decoding: Array("a text of some length, joined".utf8), as: UTF8.self))
        #expect(one == other)
        #expect(one.hashValue == other.hashValue)
    }
}
