import JSON
import Testing

@Suite struct JSONFaultTests {
    @Test func `every reason is a sentence`() {
        let table: [(String, String)] = [
            ("", "the text ends where a value should be (line 1, column 1)"),
            ("[1 2]", "'2' stands where a comma or a closing bracket should be (line 1, column 4)"),
            ("{\"a\":1 }x", "'x' stands where the end of the text should be (line 1, column 9)"),
            ("{a:1}", "'a' stands where a member's name in quotation marks should be (line 1, column 2)"),
            ("{\"a\" 1}", "'1' stands where a colon should be (line 1, column 6)"),
            ("{\"a\":1 2}", "'2' stands where a comma or a closing brace should be (line 1, column 8)"),
            ("[1.]", "']' stands where a digit should be (line 1, column 4)"),
            ("trUe", "'U' stands where the rest of true, false or null should be (line 1, column 3)"),
            ("\u{1}", "the byte 0x01 stands where a value should be (line 1, column 1)"),
            ("é", "the byte 0xC3 stands where a value should be (line 1, column 1)"),
            ("\u{FEFF}1", "the text begins with a byte order mark, which JSON does not allow (line 1, column 1)"),
            ("[1,]", "a comma stands before the closing bracket (line 1, column 3)"),
            ("01", "a number begins with a superfluous zero (line 1, column 1)"),
            ("1e999", "a number is too large to be represented (line 1, column 1)"),
            ("\"a", "a string has no closing quotation mark (line 1, column 1)"),
            ("\"\n\"", "a string contains the control character 0x0A, which must be escaped (line 1, column 2)"),
            ("\"\\q\"", "a backslash begins no escape that JSON has (line 1, column 2)"),
            ("\"\\ud800\"", "an escape is one half of a surrogate pair without the other (line 1, column 2)"),
            ("{\"a\\n\":1,\n\"a\\n\":2}", "the member \"a\\n\" stands twice in an object (line 2, column 1)"),
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
        #expect(open?.description == "a comment has no end (line 1, column 3)")
    }

    @Test func `a long name is cut short`() {
        let name = String(repeating: "é", count: 1_000)
        let fault = #expect(throws: JSONFault.self) { try JSONParser.parse("{\"\(name)\":1,\"\(name)\":2}") }
        let cut = String(repeating: "é", count: 40) + "…"
        #expect(fault?.message == "the member \"\(cut)\" stands twice in an object")
    }
}
