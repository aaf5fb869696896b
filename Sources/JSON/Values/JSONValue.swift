/// A JSON value (RFC 8259, section 3) that keeps what its text said: integers exact to 64 bits, members in their order.
///
/// A number without fraction and exponent is an `integer`, an `unsigned` where only `UInt64` holds it, and a `double`
/// beyond that; `-0` and every number with fraction or exponent is a `double`. A number keeps its case through parser
/// and writer.
public enum JSONValue: Sendable {
    case null
    case bool(Bool)
    case integer(Int64)
    /// A number above `Int64.max`: nothing smaller may be put here.
    case unsigned(UInt64)
    case double(Double)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)

    /// The number as the case that fits it.
    @inlinable public init(_ value: UInt64) {
        if let small = Int64(exactly: value) { self = .integer(small) } else { self = .unsigned(value) }
    }
}

// MARK: - Looking inside

extension JSONValue {
    @inlinable public var isNull: Bool { if case .null = self { true } else { false } }

    @inlinable public var boolValue: Bool? { if case .bool(let value) = self { value } else { nil } }

    @inlinable public var stringValue: String? { if case .string(let value) = self { value } else { nil } }

    @inlinable public var arrayValue: [JSONValue]? { if case .array(let value) = self { value } else { nil } }

    @inlinable public var objectValue: JSONObject? { if case .object(let value) = self { value } else { nil } }

    /// The number where it is whole and an `Int64` holds it, whatever its spelling: `2`, `2.0` and `2e0` are the same
    /// number to JSON and to the clients that write it.
    public var integerValue: Int64? {
        switch self {
        case .integer(let value): value
        case .double(let value): Self.whole(value)
        default: nil
        }
    }

    /// The number as an integer that is equal to it. Unlike `Int64(exactly:)` this needs no function of libm.
    private static func whole(_ value: Double) -> Int64? {
        guard value >= -0x1p63, value < 0x1p63 else { return nil }
        let integer = Int64(value)
        return Double(integer) == value ? integer : nil
    }

    /// The number, rounded to the nearest `Double` where it is an integer of more than 53 bits.
    public var doubleValue: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .unsigned(let value): Double(value)
        case .double(let value): value
        default: nil
        }
    }

    /// The value of the member `key`; nil where there is none and where this is no object.
    @inlinable public subscript(key: String) -> JSONValue? {
        if case .object(let object) = self { object[key] } else { nil }
    }

    /// What kind of value this is, in words that fit into a sentence: `a string`.
    public var kind: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .integer, .unsigned, .double: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}

// MARK: - Equality

extension JSONValue: Hashable {
    /// Whether both are of the same case and content. Strings are compared code unit by code unit (RFC 8259, section
    /// 8.3), not by canonical equivalence as `String` does, and objects without regard to the order of their members.
    public static func == (left: JSONValue, right: JSONValue) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.bool(let left), .bool(let right)): left == right
        case (.integer(let left), .integer(let right)): left == right
        case (.unsigned(let left), .unsigned(let right)): left == right
        case (.double(let left), .double(let right)): left == right
        case (.string(let left), .string(let right)): ExactText.equal(left, right)
        case (.array(let left), .array(let right)): left == right
        case (.object(let left), .object(let right)): left == right
        default: false
        }
    }

    public func hash(into hasher: inout Hasher) {
        switch self {
        case .null: hasher.combine(0 as UInt8)
        case .bool(let value): hasher.combine(value)
        case .integer(let value): hasher.combine(value)
        case .unsigned(let value): hasher.combine(value)
        case .double(let value): hasher.combine(value)
        case .string(let value): hasher.combine(ExactText(value))
        case .array(let value): hasher.combine(value)
        case .object(let value): hasher.combine(value)
        }
    }
}

// MARK: - Literals

extension JSONValue: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByStringLiteral, ExpressibleByStringInterpolation,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    public init(nilLiteral: ()) { self = .null }

    public init(booleanLiteral value: Bool) { self = .bool(value) }

    public init(integerLiteral value: Int64) { self = .integer(value) }

    public init(floatLiteral value: Double) { self = .double(value) }

    public init(stringLiteral value: String) { self = .string(value) }

    public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }

    /// - Precondition: no key occurs twice.
    public init(dictionaryLiteral elements: (String, JSONValue)...) { self = .object(JSONObject(literal: elements)) }
}
