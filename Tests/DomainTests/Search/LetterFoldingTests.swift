import Foundation
import Testing

@testable import Domain

@Suite struct LetterFoldingTests {
    private func folded(_ text: String) -> String {
        String(decoding: LetterFolding.table.folded(text.utf8), as: UTF8.self)
    }

    private static let latin = Array(0x41...0x24F) + Array(0x1E00...0x1EFF)
    private static let greekAndCyrillic = Array(0x370...0x52F)

    @Test func `composition does not matter`() {
        for code in Self.latin + Self.greekAndCyrillic {
            guard let scalar = Unicode.Scalar(code), scalar.properties.isAlphabetic else { continue }
            let text = String(scalar)
            #expect(
                folded(text) == folded(text.decomposedStringWithCanonicalMapping), "U+\(String(code, radix: 16))")
        }
    }

    @Test func `case does not matter`() {
        for code in Self.latin + Self.greekAndCyrillic {
            guard let scalar = Unicode.Scalar(code) else { continue }
            // Lower case in Unicode's sense is one letter here, but for İ.
            let lower = scalar.properties.lowercaseMapping
            // Outside the modern alphabets, as ever, Greek and Cyrillic letters stand for themselves.
            if (0x370...0x385).contains(code) || (0x3CF...0x3FF).contains(code) { continue }
            #expect(folded(String(scalar)) == folded(lower), "U+\(String(code, radix: 16))")
        }
    }

    @Test func `a letter that is one of ASCII with a mark is that letter, as for Foundation`() {
        for code in Self.latin {
            guard let scalar = Unicode.Scalar(code) else { continue }
            let text = String(scalar)
            let theirs = text.folding(options: [.caseInsensitive, .diacriticInsensitive], locale: nil)
            if theirs.utf8.allSatisfy({ $0 < 0x80 }) { #expect(folded(text) == theirs, "U+\(String(code, radix: 16))") }
        }
    }

    @Test func `folding twice changes nothing`() {
        for code in 0x20...0x2FFF {
            guard let scalar = Unicode.Scalar(code) else { continue }
            let once = folded(String(scalar))
            #expect(folded(once) == once, "U+\(String(code, radix: 16))")
        }
    }

    @Test func `letters of other scripts stand for themselves`() {
        for text in ["ա", "ابجد", "हिन्दी", "ไทย", "日本語", "한국어", "👍", "€", "“", "\u{A0}", "\u{1E9F}"] {
            #expect(folded(text) == text)
        }
    }

    @Test func `marks are nothing, except in Greek and Cyrillic letters`() {
        #expect(folded("a\u{301}\u{323}b") == "ab" && folded("\u{301}") == "" && folded("日\u{301}") == "日")
        #expect(folded("и\u{306}") == "й" && folded("и\u{306}\u{301}") == "й" && folded("а\u{301}") == "а")
        #expect(folded("Ι\u{308}\u{301}") == "ΐ" && folded("ς") == "σ")
    }
}
