import Bytes
import Testing

@Suite struct ASCIITests {
    private func text(_ append: (inout [UInt8]) -> Void) -> String {
        var bytes = Array(">".utf8)
        append(&bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test func `appends text behind what is there`() {
        #expect(text { $0.append(utf8: "") } == ">")
        #expect(text { $0.append(utf8: "é𝄞\0") } == ">é𝄞\0")
        #expect(text { $0.append(literal: "HTTP/1.1 é") } == ">HTTP/1.1 é")
        #expect(text { $0.append(literal: "") } == ">")
    }

    @Test func `writes integers of any type as the standard library does`() {
        for value in [0, 1, 9, 10, 11, 99, 100, 12345, .max, .min, -1, -9, -10] as [Int64] {
            #expect(text { $0.append(decimal: value) } == ">\(value)")
        }
        for value in [0, 10, .max, .max - 1, 1 << 63] as [UInt64] {
            #expect(text { $0.append(decimal: value) } == ">\(value)")
        }
        for value in Int8.min...Int8.max { #expect(text { $0.append(decimal: value) } == ">\(value)") }
        #expect(text { $0.append(decimal: UInt8.max) } == ">255")
        #expect(text { $0.append(decimal: Int.min) } == ">-9223372036854775808")
    }

    @Test func `fills with zeros up to a width and never cuts`() {
        var powers: [UInt64] = [0, .max, .max - 1]
        var power: UInt64 = 1
        while true {
            powers += [power - 1, power, power + 1]
            let (next, overflow) = power.multipliedReportingOverflow(by: 10)
            if overflow { break }
            power = next
        }
        for value in powers {
            for width in 0...20 {
                let digits = String(value)
                let zeros = String(repeating: "0", count: max(0, width - digits.utf8.count))
                #expect(text { $0.append(decimal: value, width: width) } == ">" + zeros + digits)
            }
        }
    }

    @Test func `classes of bytes are those of ASCII`() {
        for byte in UInt8.min...UInt8.max {
            let character = Character(Unicode.Scalar(byte))
            let isASCII = byte < 0x80
            #expect(byte.isASCIIDigit == ("0"..."9").contains(character))
            #expect(byte.isASCIILetter == (isASCII && character.isLetter))
            #expect(byte.asciiLowercased == (isASCII ? character.lowercased().utf8.first : byte))
            #expect(byte.hexDigitValue.map(Int.init) == (isASCII ? character.hexDigitValue : nil))
        }
    }

    @Test func `parses digits and nothing else`() {
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

    @Test func `compares letters without regard to case and all else exactly`() {
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

    @Test func `lowers ASCII letters only`() {
        #expect(ASCII.lowercased("AbZ-09@[É\u{212A}") == "abz-09@[É\u{212A}")
    }
}
