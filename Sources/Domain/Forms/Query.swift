import Bytes
import JSON

/// The pairs of a query as a form: numbers and booleans are read from their text, as class-transformer does, and a
/// name that stands twice becomes an array, which no rule for a single value lets pass.
struct Query {
    private var members = JSONObject()

    init(_ pairs: [(name: String, value: String)], numbers: [String], booleans: [String] = []) {
        for (name, text) in pairs {
            let value = Self.value(text, isNumber: numbers.contains(name), isBoolean: booleans.contains(name))
            if let earlier = members[name] {
                members[name] = .array((earlier.arrayValue ?? [earlier]) + [value])
            } else {
                members[name] = value
            }
        }
    }

    func form(_ fields: [String]) -> Form { Form(members, fields: fields) }

    private static func value(_ text: String, isNumber: Bool, isBoolean: Bool) -> JSONValue {
        if isBoolean {
            switch text {
            case "true", "1", "": return true
            case "false", "0": return false
            default: return .string(text)
            }
        }
        if isNumber {
            let isNegative = text.utf8.first == UInt8(ascii: "-")
            if let magnitude = Decimal.parse(text.utf8.dropFirst(isNegative ? 1 : 0)) {
                let number = Int64(clamping: magnitude)
                return .integer(isNegative ? -number : number)
            }
        }
        return .string(text)
    }
}
