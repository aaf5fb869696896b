import JSON
import Testing

@Suite struct JSONFaultTests {
    @Test func `every reason has a message with its place`() {
        let table: [(String, String)] = [
            ("", "expected a value, but the text ends (line 1, column 1)"),
            ("[1 2]", "expected a comma or a closing bracket, found '2' (line 1, column 4)"),
            ("{\"a\":1 }x", "expected the end of the text, found 'x' (line 1, column 9)"),
            ("{a:1}", "expected a member's name in quotation marks, found 'a' (line 1, column 2)"),
            ("{\"a\" 1}", "expected a colon, found '1' (line 1, column 6)"),
            ("{\"a\":1 2}", "expected a comma or a closing brace, found '2' (line 1, column 8)"),
            ("[1.]", "expected a digit, found ']' (line 1, column 4)"),
            ("trUe", "expected the rest of true, false or null, found 'U' (line 1, column 3)"),
            ("\u{1}", "expected a value, found the byte 0x01 (line 1, column 1)"),
            ("é", "expected a value, found the byte 0xC3 (line 1, column 1)"),
            ("\u{FEFF}1", "the text begins with a byte order mark, which JSON does not allow (line 1, column 1)"),
            ("[1,]", "there is a comma before the closing bracket (line 1, column 3)"),
            ("01", "a number has a leading zero (line 1, column 1)"),
            ("1e999", "a number is too large to be represented (line 1, column 1)"),
            ("\"a", "a string has no closing quotation mark (line 1, column 1)"),
            ("\"\n\"", "a string contains the control character 0x0A, which must be escaped (line 1, column 2)"),
            ("\"\\q\"", "a backslash does not begin a valid escape (line 1, column 2)"),
            ("\"\\ud800\"", "an escape is half of a surrogate pair without the other half (line 1, column 2)"),
            ("{\"a\\n\":1,\n\"a\\n\":2}", "the member \"a\\n\" occurs twice in an object (line 2, column 1)"),
            ("[[[]]]", "arrays and objects are nested more than 2 deep (line 1, column 3)"),
            ("[1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]", "the text is longer than 30 bytes (line 1, column 31)"),
        ]
        for (text, sentence) in table {
            let fault = #expect(throws: JSONFault.self) {
                try JSONParser.parse(text, limits: JSONLimits(depthMax: 2, bytesMax: 30))
            }
            #expect(fault?.description == sentence)
        }
        let broken = #expect(throws: JSONFault.self) { try JSONParser.parse([0x22, 0xFF, 0x22]) }
        #expect(broken?.description == "the text is not valid UTF-8 (line 1, column 2)")
        let open = #expect(throws: JSONFault.self) { try JSONParser.parse("1 /* ", comments: true) }
        #expect(open?.description == "a comment is not closed (line 1, column 3)")
    }

    @Test func `a long name is truncated`() {
        let name = String(repeating: "é", count: 1_000)
        let fault = #expect(throws: JSONFault.self) { try JSONParser.parse("{\"\(name)\":1,\"\(name)\":2}") }
        let cut = String(repeating: "é", count: 40) + "…"
        #expect(fault?.message == "the member \"\(cut)\" occurs twice in an object")
    }
}
