import Bytes
import Crypto
import JSON

/// Tells whether two bodies mean the same, without keeping them.
enum BodyDigest {
    /// A text that is the same for bodies with equal values: whatever the order of their members, their white space,
    /// and the spelling of their numbers and texts.
    ///
    /// Passwords are left out: a quick digest of one would help to guess it.
    static func text(of body: JSONValue) -> String {
        "v2-" + Hex.encode(SHA256.hash(canonical(body).encoded()))
    }

    /// As earlier versions made it.
    static func text(ofBytes body: [UInt8]) -> String { Hex.encode(SHA256.hash(body)) }

    /// Recursive; the parser has bounded the depth.
    private static func canonical(_ value: JSONValue) -> JSONValue {
        switch value {
        case .double(let number):
            if let whole = value.integerValue { return .integer(whole) }
            return number >= 0x1p63 && number < 0x1p64 ? .unsigned(UInt64(number)) : value
        case .array(let elements): return .array(elements.map(canonical))
        case .object(let object):
            var sorted = JSONObject()
            for (name, value) in object.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) })
            where !name.hasSuffix("password") {
                sorted.append(name, canonical(value))
            }
            return .object(sorted)
        default: return value
        }
    }
}
