import JSON
import Testing

/// Whole texts: which of them are JSON, and what is wrong with the others, and where.
@Suite struct JSONParserTests {
    @Test(arguments: JSONTexts.accepted)
    func `valid texts are accepted`(_ text: String, _ value: JSONValue) throws {
        #expect(try JSONParser.parse(text) == value)
        #expect(try JSONParser.parse(Array(text.utf8)) == value)
    }

    @Test(arguments: JSONTexts.refused)
    func `invalid texts are refused at their fault`(_ text: String, _ reason: JSONFault.Reason, _ offset: Int) {
        let fault = #expect(throws: JSONFault.self) { try JSONParser.parse(text) }
        #expect(fault?.reason == reason)
        #expect(fault?.offset == offset)
    }

    @Test(arguments: JSONTexts.brokenUTF8)
    func `text that is not UTF-8 is refused`(_ bytes: [UInt8], _ offset: Int) {
        let fault = #expect(throws: JSONFault.self) { try JSONParser.parse(bytes) }
        #expect(fault?.reason == .invalidUTF8)
        #expect(fault?.offset == offset)
    }

    @Test func `a string may contain all of ASCII except control characters`() throws {
        for byte in UInt8(0)..<0x80 where byte != 0x22 && byte != 0x5C {
            let bytes: [UInt8] = [0x22, byte, 0x22]
            if byte < 0x20 {
                let fault = #expect(throws: JSONFault.self) { try JSONParser.parse(bytes) }
                #expect(fault?.reason == .controlCharacter(byte))
                #expect(fault?.offset == 1)
            } else {
                #expect(try JSONParser.parse(bytes) == .string(String(Unicode.Scalar(byte))))
            }
        }
    }

    @Test func `only four bytes are white space`() throws {
        for byte in UInt8(0)...0x20 {
            let bytes: [UInt8] = [byte, 0x31, byte]
            if [0x09, 0x0A, 0x0D, 0x20].contains(byte) {
                #expect(try JSONParser.parse(bytes) == 1)
            } else {
                let fault = #expect(throws: JSONFault.self) { try JSONParser.parse(bytes) }
                #expect(fault?.reason == .unexpectedByte(byte, expected: .value))
            }
        }
    }

    @Test func `a text cut short anywhere is refused at its end`() throws {
        let text = Array(#"{"a":[1.5e-3,true,null,"\u00e9é\\ "],"b":{"c":false,"d":{}},"e":[]}"#.utf8)
        _ = try JSONParser.parse(text)
        for count in 0..<text.count {
            let beginning = Array(text[..<count])
            let fault = #expect(throws: JSONFault.self) { try JSONParser.parse(beginning) }
            switch fault?.reason {
            case .unexpectedEnd: #expect(fault?.offset == count)
            case .unterminatedString, .invalidEscape, .invalidUTF8: break
            default: Issue.record("\(count) bytes: \(String(describing: fault))")
            }
        }
    }

    @Test func `faults have a line and a column in characters`() {
        let table: [(String, Int, Int)] = [
            ("x", 1, 1), ("\n\n  x", 3, 3), ("[1,\r\n\t2 3]", 2, 4), ("{\"é\": \"ö𝄞\", x", 1, 13), ("[\n", 2, 1),
            ("[\"a\nb\"]", 1, 4), ("{\n  \"a\": 1,\n  \"a\": 2\n}", 3, 3), ("[1, 2,\n]", 1, 6), ("", 1, 1),
        ]
        for (text, line, column) in table {
            let fault = #expect(throws: JSONFault.self) { try JSONParser.parse(text) }
            #expect(fault?.line == line, "\(text)")
            #expect(fault?.column == column, "\(text)")
        }
    }

    // MARK: - Limits

    @Test func `nesting is allowed up to the limit and refused at the next bracket`() throws {
        for depthMax in [1, 2, 64, JSONLimits.depthCeiling] {
            let limits = JSONLimits(depthMax: depthMax)
            for (opening, closing) in [("[", "]"), ("{\"a\":", "}")] {
                func text(_ depth: Int) -> String {
                    let most = String(repeating: opening, count: depth - 1)
                    return most + (opening == "[" ? "[]" : "{}") + String(repeating: closing, count: depth - 1)
                }
                #expect(throws: Never.self) { try JSONParser.parse(text(depthMax), limits: limits) }
                let fault = #expect(throws: JSONFault.self) {
                    try JSONParser.parse(text(depthMax + 1), limits: limits)
                }
                #expect(fault?.reason == .tooDeep(depthMax: depthMax))
                #expect(fault?.offset == depthMax * opening.utf8.count)
            }
        }
        #expect(throws: Never.self) { try JSONParser.parse("[[],[],[[]]]", limits: JSONLimits(depthMax: 3)) }
    }

    @Test func `a hundred thousand brackets do not overflow the stack`() {
        for unit in ["[", "{\"a\":", "[{\"\":"] {
            let text = String(repeating: unit, count: 100_000)
            let fault = #expect(throws: JSONFault.self) { try JSONParser.parse(text) }
            #expect(fault?.reason == .tooDeep(depthMax: 64))
        }
    }

    @Test func `the length is limited in bytes`() throws {
        let limits = JSONLimits(bytesMax: 6)
        #expect(try JSONParser.parse("\"éé\"", limits: limits) == "éé")
        let fault = #expect(throws: JSONFault.self) { try JSONParser.parse("\"éé\" ", limits: limits) }
        #expect(fault?.reason == .tooLong(bytesMax: 6))
    }

    // MARK: - Large input, in linear time

    @Test func `a duplicate among a hundred thousand members is found`() throws {
        let names = (0..<100_000).map { "\"member\($0)\":\($0)" }.joined(separator: ",")
        let value = try JSONParser.parse("{\(names)}")
        #expect(value["member99999"] == 99_999)
        #expect(value.objectValue?.count == 100_000)
        let fault = #expect(throws: JSONFault.self) { try JSONParser.parse("{\(names),\"member5\":0}") }
        #expect(fault?.reason == .duplicateName("member5"))
        #expect(fault?.offset == 2 + names.utf8.count)
    }

    @Test func `long numbers and strings are parsed`() throws {
        let digits = String(repeating: "7", count: 200_000)
        #expect(try JSONParser.parse("0." + digits) == .double(0.7777777777777778))
        #expect(try JSONParser.parse("7e-" + String(repeating: "0", count: 1000) + "1") == .double(0.7))
        let fault = #expect(throws: JSONFault.self) { try JSONParser.parse(digits) }
        #expect(fault?.reason == .numberOutOfRange)
        let letters = String(repeating: "é\\n", count: 100_000)
        #expect(try JSONParser.parse("\"\(letters)\"").stringValue?.utf8.count == 300_000)
    }

    // MARK: - Comments

    @Test(arguments: JSONTexts.commented)
    func `comments are accepted only on request`(_ text: String, _ value: JSONValue?) throws {
        if let value {
            #expect(try JSONParser.parse(text, comments: true) == value)
        } else {
            #expect(throws: JSONFault.self) { try JSONParser.parse(text, comments: true) }
        }
        #expect(throws: JSONFault.self) { try JSONParser.parse(text) }
    }

    @Test func `faults in comments have a place too`() {
        let open = #expect(throws: JSONFault.self) { try JSONParser.parse("[1,\n /* 2", comments: true) }
        #expect(open?.reason == .unterminatedComment)
        #expect(open?.line == 2 && open?.column == 2)
        let broken = #expect(throws: JSONFault.self) { try JSONParser.parse([0x31, 0x2F, 0x2F, 0xFF], comments: true) }
        #expect(broken?.reason == .invalidUTF8)
        #expect(broken?.offset == 3)
        let slash = #expect(throws: JSONFault.self) { try JSONParser.parse("[1 /2]", comments: true) }
        #expect(slash?.reason == .unexpectedByte(0x2F, expected: .commaOrClosingBracket))
        #expect(slash?.offset == 3)
    }
}
