import Bytes
import JSON

/// Reads the fields of a request's body or query and collects every fault, in the words and the order of NestJS's
/// ValidationPipe with `whitelist` and `forbidNonWhitelisted`: first each unknown field in the order of the body, then
/// the fields in the order in which the code asks for them.
///
/// The answer stays short whatever the body: it has the first `faultsMax` faults and the number of the others, and
/// names of unknown fields are truncated.
struct Form {
    /// The most faults that are told one by one.
    static let faultsMax = 20
    /// The most Unicode scalars of an unknown field's name that are repeated.
    private static let nameScalarsMax = 100

    private let members: JSONObject
    private var faults: [String] = []
    /// The number of faults beyond `faultsMax`.
    private var furtherCount = 0

    /// Creates a form of a body. Throws at once if the body is not an object.
    init(_ body: JSONValue, fields: [String]) throws(Refusal) {
        guard let members = body.objectValue else { throw .invalid(["body must be an object"]) }
        self.init(members, fields: fields)
    }

    init(_ members: JSONObject, fields: [String]) {
        self.members = members
        for member in members where !fields.contains(member.key) {
            fault("property \(Self.truncated(member.key)) should not exist")
        }
    }

    /// A field that must be there; nil if it breaks a rule.
    mutating func required(_ name: String, _ rules: Rule...) -> JSONValue? { check(name, members[name], rules) }

    /// A field that may be missing or null; nil then, and if it breaks a rule.
    mutating func optional(_ name: String, _ rules: Rule...) -> JSONValue? {
        guard let value = members[name], !value.isNull else { return nil }
        return check(name, value, rules)
    }

    /// A field of a patch that may be missing, but not null.
    mutating func edit(_ name: String, _ rules: Rule...) -> JSONValue? {
        guard let value = members[name] else { return nil }
        return check(name, value, rules)
    }

    /// A field of a patch that may be missing, or null to remove its value.
    mutating func nullableEdit(_ name: String, _ rules: Rule...) -> JSONValue? {
        guard let value = members[name], !value.isNull else { return members[name] }
        return check(name, value, rules)
    }

    mutating func fault(_ sentence: @autoclosure () -> String) {
        if faults.count < Self.faultsMax { faults.append(sentence()) } else { furtherCount += 1 }
    }

    /// Whether a field is there, whatever its value.
    func has(_ name: String) -> Bool { members[name] != nil }

    /// Throws `invalid` with the faults so far.
    func finish() throws(Refusal) {
        guard furtherCount > 0 else {
            if !faults.isEmpty { throw .invalid(faults) }
            return
        }
        let further = furtherCount == 1 ? "there is 1 more fault" : "there are \(furtherCount) more faults"
        throw .invalid(faults + [further])
    }

    private static func truncated(_ name: String) -> String {
        // Counting bytes is O(1), and most names are short.
        guard name.utf8.count > nameScalarsMax else { return name }
        let scalars = name.unicodeScalars
        let end = scalars.index(scalars.startIndex, offsetBy: nameScalarsMax, limitedBy: scalars.endIndex)
        guard let end, end != scalars.endIndex else { return name }
        return String(scalars[..<end]) + "…"
    }

    private mutating func check(_ name: String, _ value: JSONValue?, _ rules: [Rule]) -> JSONValue? {
        let value = value ?? .null
        var isSound = true
        for rule in rules where !rule.holds(for: value) {
            fault(rule.sentence(name))
            isSound = false
        }
        return isSound ? value : nil
    }
}

extension JSONValue {
    /// The identifier that the value is; 0, which names nothing, if it cannot be one.
    var identifier: Identifier {
        guard let number = integerValue, let id = Identifier(exactly: number), id <= DeskLimits.identifierMax else {
            return 0
        }
        return id
    }

    func word<Word: RawRepresentable<String>>(_ type: Word.Type = Word.self) -> Word? {
        stringValue.flatMap(Word.init(rawValue:))
    }
}

/// What a patch does with one field.
public enum Edit<Value: Hashable & Sendable>: Hashable, Sendable {
    /// The field keeps its value.
    case keep
    /// The field gets this value.
    case set(Value)

    /// The field's value after the patch.
    func applied(to value: Value) -> Value {
        if case .set(let new) = self { new } else { value }
    }

    var isSet: Bool { self != .keep }
}
