import Foundation
import Generators
import JSON
import Testing

/// The parser and the writer compared with Foundation's, an independent implementation, on random documents.
@Suite struct FoundationTests {
    @Test func `the parser agrees with Foundation`() throws {
        var random = RepeatableGenerator.announced("FoundationTests, agreement")
        for round in 0..<4000 {
            let document = GeneratedDocument(using: &random)
            let ours = try JSONParser.parse(document.text)
            #expect(ours == document.value, "round \(round)")
            #expect(same(ours, try theirs(document.text)), "round \(round): \(ours)")
        }
    }

    @Test func `Foundation reads what we write`() throws {
        var random = RepeatableGenerator.announced("FoundationTests, writing")
        for round in 0..<4000 {
            let value = GeneratedDocument(using: &random).value
            for style in [JSONWriter.Style.compact, .pretty] {
                let text = value.encoded(style)
                #expect(try JSONParser.parse(text) == value, "round \(round)")
                #expect(same(value, try theirs(text)), "round \(round): \(value)")
            }
        }
    }

    @Test func `we read what Foundation writes`() throws {
        var random = RepeatableGenerator.announced("FoundationTests, reading")
        for round in 0..<4000 {
            let document = try theirs(GeneratedDocument(using: &random).text)
            let options: JSONSerialization.WritingOptions =
                round.isMultiple(of: 2) ? [.fragmentsAllowed] : [.fragmentsAllowed, .prettyPrinted]
            let text = try [UInt8](JSONSerialization.data(withJSONObject: document, options: options))
            #expect(same(try JSONParser.parse(text), document), "round \(round)")
        }
    }

    /// Foundation reads every damaged document that we accept, with the same result. The reverse does not hold:
    /// Foundation allows trailing commas, duplicate names and a byte order mark.
    @Test func `no damaged document is accepted that Foundation refuses`() {
        var random = RepeatableGenerator.announced("FoundationTests, damage")
        let marks =
            Array("{}[],:\"\\0123456789.-+eEu/*truefalsn \n\t".utf8) + [0x00, 0x1F, 0x80, 0xC3, 0xED, 0xA0, 0xEF, 0xFF]
        var refused = 0
        for _ in 0..<8000 {
            var text = GeneratedDocument(using: &random).text
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let place = Int.random(in: 0..<text.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0 where text.count > 1: text.remove(at: place)
                case 1: text.insert(marks.randomElement(using: &random) ?? 0, at: place)
                case 2: text[place] = marks.randomElement(using: &random) ?? 0
                default: text[place] = UInt8.random(in: 0...255, using: &random)
                }
            }
            do {
                let ours = try JSONParser.parse(text)
                let theirs = try? theirs(text)
                #expect(theirs.map { same(ours, $0) } == true, "\(text)")
                #expect((try? JSONParser.parse(ours.encoded())) == ours, "\(text)")
            } catch {
                refused += 1
                #expect((0...text.count).contains(error.offset))
                // Foundation reads a text with zeros among its first bytes as UTF-16 or UTF-32.
                guard (try? theirs(text)) != nil, !text.prefix(4).contains(0) else { continue }
                #expect(isAllowedByFoundation(error.reason), "\(text): \(error)")
            }
        }
        #expect(refused > 2000)
    }

    // MARK: - Foundation's side

    private func theirs(_ text: [UInt8]) throws -> Any {
        try JSONSerialization.jsonObject(with: Data(text), options: [.fragmentsAllowed])
    }

    private func isAllowedByFoundation(_ reason: JSONFault.Reason) -> Bool {
        switch reason {
        case .trailingComma, .duplicateName, .byteOrderMark: true
        default: false
        }
    }

    /// Whether Foundation's value is the same. Its dictionaries keep only one of several canonically equivalent names,
    /// and some of its numbers are decimals, whose text is exact but whose `doubleValue` is not rounded correctly.
    private func same(_ ours: JSONValue, _ theirs: Any) -> Bool {
        switch ours {
        case .null: return theirs is NSNull
        case .bool(let value): return isBool(theirs) && theirs as? Bool == value
        case .integer(let value): return !isBool(theirs) && (theirs as? NSNumber)?.int64Value == value
        case .unsigned(let value): return !isBool(theirs) && (theirs as? NSNumber)?.uint64Value == value
        case .double(let value):
            guard !isBool(theirs), let number = theirs as? NSNumber else { return false }
            if number is NSDecimalNumber { return Double(number.stringValue) == value }
            return number.doubleValue == value
        case .string(let value): return (theirs as? String).map { Array($0.utf8) == Array(value.utf8) } ?? false
        case .array(let elements):
            guard let array = theirs as? [Any], array.count == elements.count else { return false }
            return zip(elements, array).allSatisfy { same($0, $1) }
        case .object(let object):
            guard let dictionary = theirs as? [String: Any] else { return false }
            guard Set(object.map(\.key)).count == object.count else { return true }
            guard dictionary.count == object.count else { return false }
            return object.allSatisfy { member in dictionary[member.key].map { same(member.value, $0) } ?? false }
        }
    }

    private func isBool(_ value: Any) -> Bool {
        guard let number = value as? NSNumber else { return false }
        return String(cString: number.objCType) == "c"
    }
}
