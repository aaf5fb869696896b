import Bytes
import Generators
import JSON
import Testing

@Suite struct JSONWriterTests {
    @Test func `members and elements are written in order`() {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("id")
        writer.integer(-5)
        writer.key("list")
        writer.beginArray()
        writer.string("é")
        writer.unsigned(.max)
        writer.double(2)
        writer.bool(true)
        writer.null()
        writer.beginArray()
        writer.endArray()
        writer.beginObject()
        writer.endObject()
        writer.endArray()
        writer.key("raw")
        writer.raw(Array("[1]".utf8))
        writer.key("at")
        writer.timestamp(Timestamp(milliseconds: 1_736_677_801_800))
        #expect(!writer.isComplete)
        writer.endObject()
        #expect(writer.isComplete)
        #expect(
            String(decoding: writer.bytes, as: UTF8.self)
                == #"{"id":-5,"list":["é",18446744073709551615,2.0,true,null,[],{}],"raw":[1],"#
                + #""at":"2025-01-12T10:30:01.800Z"}"#)
    }

    @Test func `pretty text has a line for each member and element`() {
        let value: JSONValue = ["a": 1, "b": [], "c": [1, [2, ["d": nil]]], "e": [:], "f": ["g": "h"]]
        let lines = [
            "{", "  \"a\": 1,", "  \"b\": [],", "  \"c\": [", "    1,", "    [", "      2,", "      {",
            "        \"d\": null", "      }", "    ]", "  ],", "  \"e\": {},", "  \"f\": {", "    \"g\": \"h\"", "  }",
            "}",
        ]
        #expect(String(decoding: value.encoded(.pretty), as: UTF8.self) == lines.joined(separator: "\n"))
    }

    /// `member` writes both in one step; `key` and a value take two.
    @Test(arguments: [JSONWriter.Style.compact, .pretty])
    func `a member is the same as its key and its value`(_ style: JSONWriter.Style) {
        let texts = ["", "plain", "seven b", "eight by", "a \"quote\"", "line\nfeed\n", "Größe", "\u{0}"]
        var members = JSONWriter(style: style, capacity: 16)
        var parts = JSONWriter(style: style)
        members.beginObject()
        parts.beginObject()
        for text in texts {
            members.member("text", text)
            parts.key(text: "text")
            parts.string(text)
        }
        for number in [0, 7, -7, .min, .max] as [Int64] {
            members.member("number", number)
            parts.key("number")
            parts.integer(number)
        }
        members.member("yes", true)
        members.member("no", false)
        members.member("at", Timestamp(milliseconds: 1_700_000_000_123))
        members.member(text: "a \"name\"", 5)
        parts.key("yes")
        parts.bool(true)
        parts.key("no")
        parts.bool(false)
        parts.key("at")
        parts.timestamp(Timestamp(milliseconds: 1_700_000_000_123))
        parts.key(text: "a \"name\"")
        parts.integer(5)
        members.endObject()
        parts.endObject()
        #expect(String(decoding: members.bytes, as: UTF8.self) == String(decoding: parts.bytes, as: UTF8.self))
        #expect(members.isComplete)
    }

    @Test func `members without a value are null`() {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("a", "text")
        writer.member("b", nil as String?)
        writer.member("c", 1)
        writer.member("d", Int64.min)
        writer.member("e", nil as Int64?)
        writer.member("f", UInt64.max)
        writer.member("g", 0.5)
        writer.member("h", nil as Double?)
        writer.member("i", false)
        writer.member("j", nil as Bool?)
        writer.member("k", Timestamp(milliseconds: 0))
        writer.member("l", nil as Timestamp?)
        writer.member("m", ["x", 1, [:]])
        writer.member("n", nil as JSONValue?)
        writer.member("o", ["p": 1] as JSONObject)
        writer.member("q", nil as JSONObject?)
        writer.member("r", nil as Int?)
        writer.member("s", nil as UInt64?)
        writer.endObject()
        let expected =
            #"{"a":"text","b":null,"c":1,"d":-9223372036854775808,"e":null,"f":18446744073709551615,"g":0.5,"#
            + #""h":null,"i":false,"j":null,"k":"1970-01-01T00:00:00.000Z","l":null,"m":["x",1,{}],"#
            + #""n":null,"o":{"p":1},"q":null,"r":null,"s":null}"#
        #expect(String(decoding: writer.bytes, as: UTF8.self) == expected)
    }

    @Test func `only what must be escaped is escaped`() {
        for value in UInt32(0)..<0x500 {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let text = JSONValue.string("a\(scalar)b").text
            switch scalar {
            case "\"": #expect(text == #""a\"b""#)
            case "\\": #expect(text == #""a\\b""#)
            case "\u{8}": #expect(text == #""a\bb""#)
            case "\t": #expect(text == #""a\tb""#)
            case "\n": #expect(text == #""a\nb""#)
            case "\u{C}": #expect(text == #""a\fb""#)
            case "\r": #expect(text == #""a\rb""#)
            case ..<" ": #expect(text == #""a\u00"# + (value < 16 ? "0" : "") + String(value, radix: 16) + #"b""#)
            default: #expect(Array(text.utf8) == Array("\"a\(scalar)b\"".utf8))
            }
        }
        #expect(JSONValue.string("/\u{7F}\u{2028}\u{2029}𝄞").text == "\"/\u{7F}\u{2028}\u{2029}𝄞\"")
        #expect(JSONValue.string("\n\n\"").text == #""\n\n\"""#)
        let name: JSONValue = ["a\"b": 1]
        #expect(name.text == #"{"a\"b":1}"#)
    }

    @Test func `doubles read back the same, as doubles`() throws {
        let table: [(Double, String)] = [
            (0, "0.0"), (-0.0, "-0.0"), (1, "1.0"), (0.1, "0.1"), (1e15, "1000000000000000.0"), (1e16, "1e+16"),
            (1e-5, "1e-05"), (.greatestFiniteMagnitude, "1.7976931348623157e+308"), (.leastNonzeroMagnitude, "5e-324"),
            (.infinity, "null"), (-.infinity, "null"), (.nan, "null"),
        ]
        for (double, text) in table { #expect(JSONValue.double(double).text == text) }
        var random = RepeatableGenerator.announced("JSONWriterTests")
        for _ in 0..<20_000 {
            let double = Double(bitPattern: random.next())
            guard double.isFinite, case .double(let back) = try JSONParser.parse(JSONValue.double(double).text) else {
                #expect(!double.isFinite)
                continue
            }
            #expect(back.bitPattern == double.bitPattern)
        }
    }

    @Test func `integers read back the same`() throws {
        for integer in [0, 1, -1, 9, 10, -10, 99, 100, .max, .min, .max - 1, .min + 1] as [Int64] {
            #expect(JSONValue.integer(integer).text == String(integer))
            #expect(try JSONParser.parse(String(integer)) == .integer(integer))
        }
    }

    @Test func `values are appended after existing bytes`() {
        var bytes = Array("data: ".utf8)
        JSONValue.array([1]).write(into: &bytes)
        #expect(String(decoding: bytes, as: UTF8.self) == "data: [1]")
        JSONWriter.append(to: &bytes, style: .pretty) { writer in
            writer.beginArray()
            writer.null()
            writer.endArray()
        }
        #expect(String(decoding: bytes, as: UTF8.self) == "data: [1][\n  null\n]")
        bytes = Array("data: [1]".utf8)
        var writer = JSONWriter(appendingTo: bytes)
        writer.bool(false)
        #expect(String(decoding: writer.bytes, as: UTF8.self) == "data: [1]false")
    }

    @Test func `writing parts out of order traps`() async {
        await #expect(processExitsWith: .failure) {
            var writer = JSONWriter()
            writer.null()
            writer.null()
        }
        await #expect(processExitsWith: .failure) {
            var writer = JSONWriter()
            writer.key("a")
        }
        await #expect(processExitsWith: .failure) {
            var writer = JSONWriter()
            writer.beginObject()
            writer.key("a")
            writer.key("b")
        }
        await #expect(processExitsWith: .failure) {
            var writer = JSONWriter()
            writer.beginObject()
            writer.key("a")
            writer.endObject()
        }
        await #expect(processExitsWith: .failure) {
            var writer = JSONWriter()
            writer.endArray()
        }
    }
}
