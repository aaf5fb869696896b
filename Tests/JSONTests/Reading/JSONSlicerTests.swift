import Generators
import JSON
import Testing

@Suite struct JSONSlicerTests {
    /// The value at the slicer's position, with each scalar parsed from its slice.
    private func value(_ slicer: inout JSONSlicer, _ text: [UInt8]) throws -> JSONValue {
        switch text[slicer.index] {
        case UInt8(ascii: "{"):
            var object = JSONObject()
            let isEntered = slicer.beginObject(in: text.span)
            #expect(isEntered)
            while let name = slicer.nextMember(in: text.span) {
                let key = try JSONParser.parse(Array(text[(name.lowerBound - 1)...name.upperBound]))
                object[try #require(key.stringValue)] = try value(&slicer, text)
            }
            return .object(object)
        case UInt8(ascii: "["):
            var elements: [JSONValue] = []
            let isEntered = slicer.beginArray(in: text.span)
            #expect(isEntered)
            while slicer.nextElement(in: text.span) { elements.append(try value(&slicer, text)) }
            return .array(elements)
        default:
            let range = slicer.value(in: text.span)
            return try JSONParser.parse(Array(text[try #require(range)]))
        }
    }

    private func start(of text: [UInt8]) -> Int { text.firstIndex { $0 > 0x20 } ?? 0 }

    @Test func `the slicer finds the same parts as the parser`() throws {
        var random = RepeatableGenerator.announced("JSONSlicerTests, parts")
        for _ in 0..<500 {
            let document = GeneratedDocument(using: &random)
            var slicer = JSONSlicer(at: start(of: document.text))
            let sliced = try value(&slicer, document.text)
            let parsed = try JSONParser.parse(document.text)
            #expect(sliced == parsed)
            #expect(!slicer.isAstray)
            var whole = JSONSlicer(at: start(of: document.text))
            let range = whole.value(in: document.text.span)
            #expect(try JSONParser.parse(Array(document.text[try #require(range)])) == parsed)
        }
    }

    @Test func `damaged text never traps and never loops`() {
        var random = RepeatableGenerator.announced("JSONSlicerTests, damage")
        var astray = 0
        for _ in 0..<2000 {
            var text = GeneratedDocument(using: &random).text
            for _ in 0..<Int.random(in: 1...3, using: &random) where !text.isEmpty {
                let place = Int.random(in: 0..<text.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: text[place] = Array("{}[],:\"\\x ".utf8).randomElement(using: &random) ?? 0
                case 1: text.remove(at: place)
                default: text.removeSubrange(place...)
                }
            }
            var slicer = JSONSlicer()
            var steps = 0
            // Calls in any order must come to an end.
            while !slicer.isAstray, slicer.index < text.count, steps < 2 * text.count + 8 {
                steps += 1
                switch Int.random(in: 0..<5, using: &random) {
                case 0: slicer.beginObject(in: text.span)
                case 1: slicer.beginArray(in: text.span)
                case 2: _ = slicer.nextMember(in: text.span)
                case 3: _ = slicer.nextElement(in: text.span)
                default: _ = slicer.value(in: text.span)
                }
            }
            if slicer.isAstray {
                astray += 1
                let given = (slicer.value(in: text.span), slicer.nextMember(in: text.span))
                #expect(given.0 == nil && given.1 == nil)
                let isEntered = slicer.beginObject(in: text.span) || slicer.nextElement(in: text.span)
                #expect(!isEntered)
            }
        }
        #expect(astray > 100)
    }

    @Test(arguments: ["", "\"", "\"\\", "\"\\\"", "{\"a", "{\"a\"", "{\"a\":", "[1,", "[[", "{,}", "{1:2}", ":"])
    func `truncated text leads the slicer astray`(_ text: String) {
        let bytes = Array(text.utf8)
        var slicer = JSONSlicer()
        let range = slicer.value(in: bytes.span)
        #expect(range == nil || text == "{,}" || text == "{1:2}")
        var member = JSONSlicer()
        if member.beginObject(in: bytes.span) {
            while member.nextMember(in: bytes.span) != nil { _ = member.value(in: bytes.span) }
            #expect(member.isAstray || text == "{,}")
        }
    }

    @Test func `a range is compared with a literal`() {
        let bytes = Array("{\"status\":1}".utf8)
        let hits = [bytes.span.holds("status", at: 2..<8), bytes.span.holds("", at: 3..<3)]
        let misses = [bytes.span.holds("statu", at: 2..<8), bytes.span.holds("statux", at: 2..<8)]
        #expect(hits == [true, true] && misses == [false, false])
    }
}
