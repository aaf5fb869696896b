import Bytes
import JSON

/// The pairs of a query as a form. Numbers and booleans are read from their text, as class-transformer does.
///
/// An unknown name is ignored: many a client adds one, such as a cache buster. A known name that occurs twice with
/// different values becomes an array, which passes no rule for a single value.
///
/// Fields that are lists may have several values, in every form that clients know: `a=1&a=2`, `a=1,2`, `a[]=1&a[]=2`
/// and `a[0]=1&a[1]=2`. Such a field is an array of its values without repetitions.
struct Query {
    /// The names that a query may have.
    private let fields: [String]
    private var members = JSONObject()

    init(
        _ pairs: [(name: String, value: String)], fields: [String], numbers: [String], booleans: [String] = [],
        lists: [String] = []
    ) {
        self.fields = fields
        for (name, text) in pairs {
            let bare = Self.withoutIndex(name)
            let isNumber = numbers.contains(bare)
            if lists.contains(bare) {
                for part in text.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
                    add(
                        Self.value(EmailAddress.trimmed(String(Substring(part))), isNumber: isNumber, isBoolean: false),
                        to: bare)
                }
            } else if fields.contains(name) {
                let value = Self.value(text, isNumber: isNumber, isBoolean: booleans.contains(name))
                // Two values tell as much as a thousand.
                if let earlier = members[name], earlier != value {
                    members[name] = .array([earlier, value])
                } else {
                    members[name] = value
                }
            }
        }
    }

    func form() -> Form { Form(members, fields: fields) }

    /// Adds a value to a list. Nothing between two commas is no value, unless it is all that there is.
    private mutating func add(_ value: JSONValue, to name: String) {
        var values = members[name]?.arrayValue ?? []
        // One more than the limit tells that there are too many.
        guard values.count <= Form.listedMax, !values.contains(value), value != "" || values.isEmpty else { return }
        if values == [""] { values = [] }
        values.append(value)
        members[name] = .array(values)
    }

    /// The name without `[]` or `[3]` at its end.
    private static func withoutIndex(_ name: String) -> String {
        guard name.utf8.last == UInt8(ascii: "]") else { return name }
        let bytes = Array(name.utf8)
        var end = bytes.count - 2
        while end >= 0 && bytes[end].isASCIIDigit { end -= 1 }
        guard end >= 0, bytes[end] == UInt8(ascii: "[") else { return name }
        return String(decoding: bytes[..<end], as: UTF8.self)
    }

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

extension Form {
    /// The most values that a list in a query may have.
    static let listedMax = 100

    /// The values of a field of a query that may have several; none if it is missing or breaks the rule.
    mutating func list(_ name: String, _ rule: Rule) -> [JSONValue] {
        let values = optional(name)?.arrayValue ?? []
        if values.count > Self.listedMax {
            fault(Rule.maxElements(Self.listedMax).sentence(name))
        } else if !values.allSatisfy(rule.holds) {
            fault(rule.sentence(values.count == 1 ? name : "each value in \(name)"))
        }
        return values
    }
}
