import HTTP
import Testing

@Suite struct PercentCodingTests {
    @Test(arguments: [
        ("", ""), ("abc", "abc"), ("a%20b", "a b"), ("%41%4a%4A", "AJJ"), ("%C3%A9", "\u{E9}"),
        ("%F0%9F%94%8B", "\u{1F50B}"),
        ("a+b", "a+b"), ("%2B", "+"), ("%2525", "%25"), ("\u{E9}", "\u{E9}"),
    ]) func `escapes are decoded`(_ text: String, _ expected: String) {
        #expect(PercentCoding.decode(text) == expected)
    }

    @Test(arguments: [
        "%", "a%", "%4", "%4g", "%g4", "% 41", "%-1", "%00", "a\u{0}", "%80", "%C3", "%C3a", "%C0%80", "%ED%A0%80",
        "%F4%90%80%80",
    ]) func `malformed escapes are refused`(_ text: String) {
        #expect(PercentCoding.decode(text) == nil)
        #expect(PercentCoding.decode(text, plusIsSpace: true) == nil)
    }

    @Test func `a plus is a space in forms`() {
        #expect(PercentCoding.decode("a+%2B", plusIsSpace: true) == "a +")
    }

    @Test func `encoded text decodes to itself`() {
        let text = String(String.UnicodeScalarView((1...0x300).compactMap { Unicode.Scalar($0) })) + "\u{1F50B}"
        #expect(PercentCoding.decode(PercentCoding.encode(text)) == text)
        #expect(PercentCoding.encode("aZ09-._~ /?&=+%\u{E9}") == "aZ09-._~%20%2F%3F%26%3D%2B%25%C3%A9")
    }
}
