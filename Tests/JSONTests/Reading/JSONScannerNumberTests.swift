import JSON
import Testing

@Suite struct JSONScannerNumberTests {
    @Test func `zero keeps its sign`() throws {
        for (text, sign) in [
            ("-0", FloatingPointSign.minus), ("-0.0", .minus), ("-0e5", .minus), ("0.0", .plus), ("-1e-999", .minus),
        ] {
            guard case .double(let value) = try JSONParser.parse(text) else {
                Issue.record("\(text) is not a double")
                continue
            }
            #expect(value == 0 && value.sign == sign, "\(text)")
        }
        guard case .integer(0) = try JSONParser.parse("0") else {
            Issue.record("0 is not an integer")
            return
        }
    }

    @Test func `integers are exact on both sides of every boundary`() throws {
        // The expected values were counted by hand, not parsed.
        let boundaries: [(String, JSONValue)] = [
            ("9223372036854775806", .integer(.max - 1)), ("9223372036854775807", .integer(.max)),
            ("9223372036854775808", .unsigned(1 << 63)), ("9223372036854775809", .unsigned(1 << 63 + 1)),
            ("18446744073709551614", .unsigned(.max - 1)), ("18446744073709551615", .unsigned(.max)),
            ("18446744073709551616", .double(0x1p64)), ("18446744073709551617", .double(0x1p64)),
            ("18446744073709551620", .double(0x1p64)), ("99999999999999999999", .double(1e20)),
            ("-9223372036854775807", .integer(.min + 1)), ("-9223372036854775808", .integer(.min)),
            ("-9223372036854775809", .double(-0x1p63)), ("-18446744073709551615", .double(-0x1p64)),
            ("184467440737095516150", .double(184_467_440_737_095_516_160)),
        ]
        for (text, value) in boundaries { #expect(try JSONParser.parse(text) == value, "\(text)") }
    }

    @Test func `fractions are rounded to the nearest double, as by the compiler`() throws {
        #expect(try JSONParser.parse("8.5e-1").doubleValue == 8.5e-1)
        #expect(try JSONParser.parse("1.00000000000000011102230246251565404236316680908203125").doubleValue == 1.0)
        #expect(
            try JSONParser.parse("1.00000000000000011102230246251565404236316680908203126").doubleValue
                == 1.0.nextUp)
        #expect(try JSONParser.parse("7.2057594037927933e16").doubleValue == 0x1p56)
        #expect(try JSONParser.parse("6.02214076e23").doubleValue == 6.02214076e23)
    }
}
