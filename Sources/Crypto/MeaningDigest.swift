import Bytes
import JSON

/// Tells whether two JSON texts mean the same, without keeping them.
public enum MeaningDigest {
    /// A text that is the same for equal values: whatever the order of their members, their white space, and the
    /// spelling of their numbers and texts. Recursive, as the parser was; O(n²) in the members of an object.
    ///
    /// Passwords are left out: a quick digest of one would help to guess it.
    public static func text(of value: JSONValue) -> String {
        "v2-" + Hex.encode(SHA256.hash(canonical(value).encoded()))
    }

    private static func canonical(_ value: JSONValue) -> JSONValue {
        switch value {
        case .double(let number):
            if let whole = value.integerValue { return .integer(whole) }
            return number >= 0x1p63 && number < 0x1p64 ? .unsigned(UInt64(number)) : value
        case .array(let elements): return .array(elements.map(canonical))
        case .object(let object):
            // By insertion: forms have few members.
            var names: [String] = []
            for (name, _) in object where !name.hasSuffix("password") {
                var place = names.count
                while place > 0, precedes(name, names[place - 1]) { place -= 1 }
                names.insert(name, at: place)
            }
            var sorted = JSONObject()
            for name in names { sorted.append(name, canonical(object[name] ?? .null)) }
            return .object(sorted)
        default: return value
        }
    }

    /// The order of the texts' UTF-8. `String` compares by canonical equivalence.
    private static func precedes(_ left: String, _ right: String) -> Bool {
        let (one, other) = (left.utf8Span.span, right.utf8Span.span)
        for index in 0..<min(one.count, other.count) where one[index] != other[index] {
            return one[index] < other[index]
        }
        return one.count < other.count
    }
}
