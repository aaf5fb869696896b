import Testing

@testable import Server

@Suite struct BearerTokenTests {
    @Test(
        arguments: [
            ("Bearer abc", "abc"), ("bearer abc", "abc"), ("BEARER abc", "abc"), ("bEaReR   a.b-c_d  ", "a.b-c_d"),
            ("Bearer", nil), ("Bearer ", nil), ("Bearer    ", nil), ("", nil), ("Bearerabc", nil), ("Bearer a b", nil),
            ("Basic abc", nil), ("Bearer\u{0}abc", nil), ("Bearer\tabc", nil), (" Bearer abc", nil),
            ("\u{2}earer abc", nil),
        ] as [(String, String?)])
    func `the token is what follows the scheme`(_ field: String, _ token: String?) {
        #expect(BearerToken.parse(field) == token)
        // The same as part of a longer text.
        let bytes = [0x20] + Array(field.utf8) + [0x20, 0x20]
        let found = BearerToken.parse(bytes: bytes[1..<(bytes.count - 2)])
        #expect(found.map { String(decoding: $0, as: UTF8.self) } == token)
    }
}
