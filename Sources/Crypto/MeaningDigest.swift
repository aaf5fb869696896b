import Bytes
import JSON

/// Tells whether two JSON texts mean the same, without keeping them.
public enum MeaningDigest {
    /// A text that is the same for equal values: whatever the order of their members, their white space, and the
    /// spelling of their numbers and texts. Recursive, as the parser was.
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
            var sorted = JSONObject()
            for name in object.map(\.key).sorted(by: precedes) where !name.hasSuffix("password") {
                sorted.append(name, canonical(object[name] ?? .null))
            }
            return .object(sorted)
        default: return value
        }
    }

    /// The order of the texts' UTF-8. `String` compares by canonical equivalence.
    private static func precedes(_ left: String, _ right: String) -> Bool {
        left.utf8.lexicographicallyPrecedes(right.utf8)
    }
}
