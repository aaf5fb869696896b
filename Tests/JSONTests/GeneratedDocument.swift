import Generators
import JSON

/// A random JSON value, and one of the many texts that spell it.
struct GeneratedDocument {
    let value: JSONValue
    let text: [UInt8]

    init(using random: inout RepeatableGenerator) {
        var generator = DocumentGenerator(random: random)
        value = generator.value(depthLeft: Int.random(in: 0...5, using: &generator.random))
        generator.space()
        generator.spell(value)
        generator.space()
        text = Array(generator.text.utf8)
        random = generator.random
    }
}

private struct DocumentGenerator {
    var random: RepeatableGenerator
    var text = ""

    mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }

    // MARK: - Values

    mutating func value(depthLeft: Int) -> JSONValue {
        switch Int.random(in: 0..<(depthLeft > 0 ? 12 : 7), using: &random) {
        case 0: return .null
        case 1: return .bool(Bool.random(using: &random))
        case 2: return .integer(Int64(truncatingIfNeeded: random.next() >> UInt64.random(in: 0..<64, using: &random)))
        case 3: return JSONValue(random.next())
        case 4: return .double(double())
        case 5, 6: return .string(string())
        case 7, 8, 9:
            var object = JSONObject()
            for _ in 0..<Int.random(in: 0...(chance(5) ? 40 : 6), using: &random) {
                object[string()] = value(depthLeft: depthLeft - 1)
            }
            return .object(object)
        default:
            let count = Int.random(in: 0...6, using: &random)
            return .array((0..<count).map { _ in value(depthLeft: depthLeft - 1) })
        }
    }

    mutating func double() -> Double {
        switch Int.random(in: 0..<4, using: &random) {
        case 0: return Double(Int.random(in: -100_000...100_000, using: &random)) / 100
        case 1: return Double(Int.random(in: -1000...1000, using: &random))
        case 2: return Double.random(in: -1...1, using: &random)
        default:
            let any = Double(bitPattern: random.next())
            return any.isFinite ? any : 0.5
        }
    }

    mutating func string() -> String {
        var string = ""
        for _ in 0..<Int.random(in: 0...(chance(10) ? 60 : 8), using: &random) {
            string.unicodeScalars.append(scalar())
        }
        return string
    }

    mutating func scalar() -> Unicode.Scalar {
        let bound: UInt32
        switch Int.random(in: 0..<10, using: &random) {
        case 0..<6: bound = 0x80
        case 6: bound = 0x800
        case 7, 8: bound = 0x10000
        default: bound = 0x11_0000
        }
        let scalar = Unicode.Scalar(UInt32.random(in: 0..<bound, using: &random)) ?? "\u{D7FF}"
        // Foundation drops U+FEFF at the start of a string.
        return scalar == "\u{FEFF}" ? "\u{FEFE}" : scalar
    }

    // MARK: - Spelling

    mutating func spell(_ value: JSONValue) {
        switch value {
        case .null: text += "null"
        case .bool(let value): text += value ? "true" : "false"
        case .integer(let value): text += String(value)
        case .unsigned(let value): text += String(value)
        case .double(let value): text += spelling(of: value)
        case .string(let value): spell(quoted: value)
        case .array(let elements):
            text += "["
            space()
            for (index, element) in elements.enumerated() {
                if index > 0 { spaced(",") }
                spell(element)
            }
            space()
            text += "]"
        case .object(let object):
            text += "{"
            space()
            for (index, member) in object.enumerated() {
                if index > 0 { spaced(",") }
                spell(quoted: member.key)
                spaced(":")
                spell(member.value)
            }
            space()
            text += "}"
        }
    }

    private mutating func spelling(of value: Double) -> String {
        var spelling = value.description
        if chance(20) { spelling = spelling.replacing("e", with: "E") }
        if !spelling.utf8.contains(0x65) && !spelling.utf8.contains(0x45) && chance(30) {
            spelling += ["0", "00", "e0", "E+0", "e-00"].randomElement(using: &random) ?? ""
        }
        return spelling
    }

    private mutating func spell(quoted string: String) {
        text += "\""
        for scalar in string.unicodeScalars {
            let must = scalar.value < 0x20 || scalar == "\"" || scalar == "\\"
            guard must || chance(15) else {
                text.unicodeScalars.append(scalar)
                continue
            }
            let short: [Unicode.Scalar: String] = [
                "\"": "\\\"", "\\": "\\\\", "/": "\\/", "\u{8}": "\\b", "\u{C}": "\\f", "\n": "\\n", "\r": "\\r",
                "\t": "\\t",
            ]
            if let escape = short[scalar], chance(60) {
                text += escape
            } else {
                for unit in String(scalar).utf16 {
                    let digits = String(unit, radix: 16, uppercase: Bool.random(using: &random))
                    text += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
                }
            }
        }
        text += "\""
    }

    private mutating func spaced(_ mark: String) {
        space()
        text += mark
        space()
    }

    mutating func space() {
        while chance(20) { text += [" ", "\n", "\t", "\r"].randomElement(using: &random) ?? "" }
    }
}
