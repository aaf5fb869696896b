import Bytes
import Testing

@Suite struct ASCIITests {
    @Test func `byte classes are those of ASCII`() {
        for byte in UInt8.min...UInt8.max {
            let character = Character(Unicode.Scalar(byte))
            let isASCII = byte < 0x80
            #expect(byte.isASCIIDigit == ("0"..."9").contains(character))
            #expect(byte.isASCIILetter == (isASCII && character.isLetter))
            #expect(byte.asciiLowercased == (isASCII ? character.lowercased().utf8.first : byte))
            #expect(byte.hexDigitValue.map(Int.init) == (isASCII ? character.hexDigitValue : nil))
        }
    }

    @Test func `only digits are parsed`() {
        let table: [(String, UInt64?)] = [
            ("0", 0), ("7", 7), ("007", 7), ("18446744073709551615", .max), ("00000000000000000000", 0),
            ("18446744073709551616", nil), ("18446744073709551620", nil), ("99999999999999999999", nil),
            ("000000000000000000000", nil), ("", nil), (" 1", nil), ("1 ", nil), ("+1", nil), ("-1", nil), ("1.0", nil),
            ("1e3", nil),
            ("0x1", nil), ("١", nil), ("１", nil), ("1_000", nil), ("1\0", nil), ("/", nil), (":", nil),
        ]
        for (text, value) in table {
            #expect(Decimal.parse(text) == value, "\(text)")
            #expect(Decimal.parse(Array(text.utf8)) == value, "\(text)")
        }
    }

    @Test func `letters are compared case-insensitively and everything else exactly`() {
        #expect(ASCII.equalIgnoringCase("Content-Length", "content-LENGTH"))
        #expect(ASCII.equalIgnoringCase("", ""))
        #expect(!ASCII.equalIgnoringCase("a", "ab"))
        #expect(!ASCII.equalIgnoringCase("ab", "ac"))
        #expect(!ASCII.equalIgnoringCase("@", "`"))
        #expect(!ASCII.equalIgnoringCase("[", "{"))
        #expect(!ASCII.equalIgnoringCase("É", "é"))
        #expect(!ASCII.equalIgnoringCase("K", "\u{212A}"))
        #expect(ASCII.equalIgnoringCase("é-A", "é-a"))
    }

    @Test func `only ASCII letters are lowercased`() {
        #expect(ASCII.lowercased("AbZ-09@[É\u{212A}") == "abz-09@[É\u{212A}")
    }
}
