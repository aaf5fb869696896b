import Generators
import Testing

@testable import Domain

extension TextSearch {
    /// Whether a text has every word.
    func isFound(in text: String) -> Bool {
        var steps = 0
        return words(in: text, &steps) == all
    }
}

@Suite struct TextSearchTests {
    @Test(arguments: [
        ("lock", "The battery does not LOCK"), ("LOCK", "locked"), ("", "x"), ("é", "CAFÉ"), ("CAFÉ", "un café"),
        ("ÿ", "Ÿ"), ("straße", "STRAßE"), ("ŽLUŤ", "žluť"), ("αθήνα", "ΑΘΉΝΑ"), ("привет", "ПРИВЕТ, мир"),
        ("ёж", "ЁЖ"), ("日本", "在日本語"), ("x", "ÄÖÜx"), ("a\u{0}b", "xA\u{0}B"), ("ok 👍", "all OK 👍!"),
        ("k", "\u{212A}"), ("é", "e"), ("e", "É"), ("ґанок", "ҐАНОК"), ("σίσυφος", "ΣΊΣΥΦΟΣ"), ("电话", "打电话"),
        ("ქარი", "ხის ქარი"), ("“x", "a “X”"), ("5€", "15€"), ("ẟ", "ẟ"), ("ไทย", "ประเทศไทย"), ("Δ", "δ"),
    ])
    func `texts are found, ignoring case`(_ needle: String, _ text: String) {
        #expect(TextSearch(needle).isFound(in: text))
    }

    @Test(arguments: [
        ("lock", "loc"), ("lock", ""), ("×", "÷"), ("[", "{"), ("@", "`"), ("日", "旧"), ("б", "В"), ("aab", "aaac"),
        ("и", "й"), ("й", "и"), ("η", "ή"), ("æ", "a e"), ("oe", "ö"), ("lock door", "lock"), ("電", "\u{E9}"),
    ])
    func `other texts are not found`(_ needle: String, _ text: String) {
        #expect(!TextSearch(needle).isFound(in: text))
    }

    @Test(arguments: [
        "pin doi khong khoa", "PIN ĐỔI KHÔNG KHOÁ", "pin đổi không khoá", "Pin đổi không khóa", "ĐỔI", "doi",
        "pin \u{111}o\u{302}\u{309}i", "khoa\u{301}", "kho\u{301}a", "KHO\u{301}A",
        // The same marks in the other order, and a letter that has one of two already.
        "\u{111}o\u{309}\u{302}i", "\u{111}\u{F4}\u{309}i", "khong KHOA đoi",
    ])
    func `Vietnamese is found however it is typed`(_ query: String) {
        for text in [
            "Pin đổi không khoá", "Pin \u{111}o\u{302}\u{309}i kho\u{302}ng khoa\u{301}", "PIN ĐỔI KHÔNG KHOÁ",
            "pin doi khong khoa", "Pin đổi không khóa",
        ] {
            #expect(TextSearch(query).isFound(in: text), "\(text)")
        }
    }

    @Test(arguments: [
        ("strasse", "Straße"), ("STRASSE", "straße"), ("ẞ", "ss"), ("aegis", "Ægis"), ("ålborg", "Alborg"),
        ("smorrebrod", "Smørrebrød"), ("lodz", "Łódź"), ("istanbul", "İSTANBUL"), ("isparta", "ISPARTA"),
        ("ısparta", "Isparta"), ("oeuvre", "ŒUVRE"), ("thor", "Þór"), ("tuong", "tường"), ("nguoi", "NGƯỜI"),
        ("ångström", "\u{212B}ngstrom"), ("dong", "₫ đồng"), ("ruf", "ǅ rúf"), ("dzul", "Ǆul"), ("sɔ", "SƆ"),
    ])
    func `letters with strokes and hooks, and two in one, are found as people type them`(
        _ query: String, _ text: String
    ) {
        #expect(TextSearch(query).isFound(in: text))
    }

    @Test func `words are found in any order, and a phrase as its words`() {
        let text = "The battery does not lock, the door does"
        for query in ["battery lock", "lock battery", "not lock", "  door\tlock\u{A0}bat\u{3000}", "door door"] {
            #expect(TextSearch(query).isFound(in: text), "\(query)")
        }
        for query in ["battery screen", "lockthe", "doors"] { #expect(!TextSearch(query).isFound(in: text)) }
        for query in ["", "  \t\u{A0}", "\u{301}", " \u{301} \u{309}"] { #expect(TextSearch(query).isEmpty) }
        let letters = (Array(0x61...0x7A) + Array(0x4E00...0x4E49)).compactMap { Unicode.Scalar($0).map(String.init) }
        #expect(letters.count == 100)
        let many = TextSearch(letters.joined(separator: " "))
        #expect(many.isFound(in: letters.reversed().joined()) && !many.isFound(in: letters.dropLast().joined()))
    }

    @Test func `a query beyond the limit does not trap`() {
        let long = TextSearch(String(repeating: "x日 ", count: 40_000))
        #expect(long.isFound(in: "x日"))
        #expect(TextSearch((0..<5_000).map { "w\($0)" }.joined(separator: " ")).all.nonzeroBitCount <= 100)
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

    @Test func `many words at once are found as one by one`() {
        var generator = RepeatableGenerator.announced("TextSearchTests.many")
        let letters = [
            "a", "A", "á", "b", "B", "đ", "я", "Я", "и\u{306}", "日", "ß", "\u{301}", "1", "ქ", "“", "ẟ", "ẹ",
        ]
        for _ in 0..<3000 {
            func text(_ range: ClosedRange<Int>) -> String {
                (0..<Int.random(in: range, using: &generator))
                    .map { _ in letters.randomElement(using: &generator) ?? "" }.joined()
            }
            let words = (0..<Int.random(in: 1...7, using: &generator)).map { _ in text(1...3) }
            let hay = text(0...40)
            let folded = LetterFolding.table.folded(hay.utf8)
            let expected = words.allSatisfy { word in
                let needle = LetterFolding.table.folded(word.utf8)
                return needle.isEmpty || folded.indices.contains { folded[$0...].starts(with: needle) }
            }
            #expect(TextSearch(words.joined(separator: " ")).isFound(in: hay) == expected, "\(words) in \(hay)")
        }
    }
}

/// A text costs what it is long, whatever is looked for. Naive search costs the product for these.
@Suite struct SearchCostTests {
    /// A letter counts twice if it is passed over and then looked at.
    @Test(arguments: [
        String(repeating: "a", count: 199) + "b",
        String(repeating: "a", count: 99) + "b" + String(repeating: "a", count: 99),
        String(repeating: "aab", count: 66), "aaaaaaaab aaaaaaab aaaaaab aaaaab aaaab aaab aab ab b", "b",
        (1...18).map { String(repeating: "a", count: $0) + "b" }.joined(separator: " "),
        String(repeating: "á", count: 199) + "b", String(repeating: "日", count: 199) + "本",
        "a a\u{301} aa \(String(repeating: "a", count: 180))c",
    ])
    func `a search costs what the text is long, whatever the words`(_ query: String) {
        let search = TextSearch(query)
        for letter in ["a", "á", "a\u{301}", "日", "aab", "\u{301}"] {
            let text = String(repeating: letter, count: 5_000)
            var steps = 0
            _ = search.words(in: text, &steps)
            #expect(steps <= 2 * text.utf8.count + 2, "\(letter)")
            var place = TextSearch.Place(search, known: 0, previous: nil)
            steps = 0
            _ = search.isFound(in: ticket(text), includesInternal: true, &place, &steps, .max)
            #expect(steps <= 8 * text.utf8.count + 10, "\(letter)")
        }
    }

    @Test func `what cannot be a beginning is passed over eight bytes at a time`() {
        var steps = 0
        _ = TextSearch("zebra").words(in: String(repeating: "The battery does not lock. ", count: 100), &steps)
        #expect(steps <= 2_700 / 8 + 8)
    }

    private func ticket(_ text: String) -> Ticket {
        Ticket(
            description: text, createdAt: .init(milliseconds: 0), updatedAt: .init(milliseconds: 0), sequence: 1, id: 1,
            userID: 1, type: .other, status: .open, priority: .high)
    }
}
