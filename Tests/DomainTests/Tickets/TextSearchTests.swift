import Generators
import Testing

@testable import Domain

@Suite struct TextSearchTests {
    @Test(arguments: [
        ("lock", "The battery does not LOCK"), ("LOCK", "locked"), ("", "x"), ("é", "CAFÉ"), ("CAFÉ", "un café"),
        ("ÿ", "Ÿ"), ("straße", "STRAßE"), ("ŽLUŤ", "žluť"), ("αθήνα", "ΑΘΉΝΑ"), ("привет", "ПРИВЕТ, мир"),
        ("ёж", "ЁЖ"), ("日本", "在日本語"), ("x", "ÄÖÜx"), ("a\u{0}b", "xA\u{0}B"), ("ok 👍", "all OK 👍!"),
    ])
    func `texts are found, ignoring case`(_ needle: String, _ text: String) {
        #expect(TextSearch(needle).isFound(in: text))
    }

    @Test(arguments: [
        ("lock", "loc"), ("lock", ""), ("é", "e"), ("×", "÷"), ("[", "{"), ("@", "`"), ("日", "旧"), ("б", "В"),
        ("k", "\u{212A}"),
        ("aab", "aaac"),
    ])
    func `other texts are not found`(_ needle: String, _ text: String) {
        #expect(!TextSearch(needle).isFound(in: text))
    }

    @Test func `in ASCII a search finds what the standard library finds`() {
        var generator = RepeatableGenerator.announced("TextSearchTests")
        for _ in 0..<5000 {
            func text(_ count: Int) -> String {
                String(
                    decoding: (0..<count).map { _ in "aAbB[{".utf8.randomElement(using: &generator) ?? 0 },
                    as: UTF8.self)
            }
            let needle = text(Int.random(in: 1...3, using: &generator))
            let hay = text(Int.random(in: 0...9, using: &generator))
            #expect(TextSearch(needle).isFound(in: hay) == hay.lowercased().contains(needle.lowercased()))
        }
    }
}
