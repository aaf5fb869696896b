/// A JSON value (RFC 8259, section 3) that preserves its text: integers are exact to 64 bits, members keep their order.
///
/// A number without fraction or exponent is an `integer`, an `unsigned` if only `UInt64` holds it, or a `double` if
/// neither does. `-0` and all numbers with a fraction or exponent are a `double`. A number that is written and parsed
/// again has the same case.
public enum JSONValue: Sendable {
    /// `null`.
    case null
    /// `true` or `false`.
    case bool(Bool)
    /// A whole number that `Int64` holds, written without fraction or exponent.
    case integer(Int64)
    /// A number above `Int64.max`; smaller ones must be an `integer`.
    case unsigned(UInt64)
    /// Any other number. Infinities and NaN are written as `null`.
    case double(Double)
    /// A string.
    case string(String)
    /// The elements of an array.
    case array([JSONValue])
    /// The members of an object.
    case object(JSONObject)

    /// Creates an `integer` if `Int64` holds the number, otherwise an `unsigned`.
    @inlinable public init(_ value: UInt64) {
        if let small = Int64(exactly: value) { self = .integer(small) } else { self = .unsigned(value) }
    }
}

// MARK: - Looking inside

extension JSONValue {
    /// Whether this is `null`.
    @inlinable public var isNull: Bool { if case .null = self { true } else { false } }

    /// The value of a boolean; nil for any other kind.
    @inlinable public var boolValue: Bool? { if case .bool(let value) = self { value } else { nil } }

    /// The text of a string; nil for any other kind.
    @inlinable public var stringValue: String? { if case .string(let value) = self { value } else { nil } }

    /// The elements of an array; nil for any other kind.
    @inlinable public var arrayValue: [JSONValue]? { if case .array(let value) = self { value } else { nil } }

    /// The members of an object; nil for any other kind.
    @inlinable public var objectValue: JSONObject? { if case .object(let value) = self { value } else { nil } }

    /// The number if it is whole and `Int64` holds it, however it was spelled: to JSON and its clients, `2`, `2.0` and
    /// `2e0` are the same number.
    public var integerValue: Int64? {
        switch self {
        case .integer(let value): value
        case .double(let value): Self.whole(value)
        default: nil
        }
    }

    /// The integer equal to `value`, or nil. Unlike `Int64(exactly:)`, this needs no function of libm.
    private static func whole(_ value: Double) -> Int64? {
        guard value >= -0x1p63, value < 0x1p63 else { return nil }
        let integer = Int64(value)
        return Double(integer) == value ? integer : nil
    }

    /// The number; integers of more than 53 bits are rounded to the nearest `Double`. Nil for any other kind.
    public var doubleValue: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .unsigned(let value): Double(value)
        case .double(let value): value
        default: nil
        }
    }

    /// The value of the member `key`; nil if there is none or this is not an object.
    @inlinable public subscript(key: String) -> JSONValue? {
        if case .object(let object) = self { object[key] } else { nil }
    }

    /// The kind of value, worded for use in a sentence: `a string`.
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
    /// Whether both have the same case and content. Strings are compared by code units (RFC 8259, section 8.3), not by
    /// canonical equivalence as `String` does; objects regardless of the order of their members.
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
    /// Creates `null` from `nil`.
    public init(nilLiteral: ()) { self = .null }

    /// Creates a `bool`.
    public init(booleanLiteral value: Bool) { self = .bool(value) }

    /// Creates an `integer`.
    public init(integerLiteral value: Int64) { self = .integer(value) }

    /// Creates a `double`, also from a whole number such as `2.0`.
    public init(floatLiteral value: Double) { self = .double(value) }

    /// Creates a `string`.
    public init(stringLiteral value: String) { self = .string(value) }

    /// Creates an `array`.
    public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }

    /// Creates an `object` with the members in their order.
    ///
    /// - Precondition: no key occurs twice.
    public init(dictionaryLiteral elements: (String, JSONValue)...) { self = .object(JSONObject(literal: elements)) }
}
