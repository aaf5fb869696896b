import Bytes
import JSON

/// A receiver of an object's plain members in order: a writer of text, or an object being made.
///
/// Each entity lists its members once and writes them to either, so answers, journal records and documents agree.
protocol MemberSink {
    mutating func member(_ name: StaticString, _ value: String?)
    mutating func member(_ name: StaticString, _ value: Int64?)
    mutating func member(_ name: StaticString, _ value: Double?)
    mutating func member(_ name: StaticString, _ value: Bool?)
    mutating func member(_ name: StaticString, _ value: Timestamp?)
}

extension MemberSink {
    mutating func member(_ name: StaticString, id: Identifier?) { member(name, id.map(Int64.init)) }

    mutating func member(_ name: StaticString, sequence: UInt64) { member(name, Int64(clamping: sequence)) }
}

extension JSONWriter: MemberSink {}

extension JSONObject: MemberSink {
    mutating func member(_ name: StaticString, _ value: String?) { put(name, value.map(JSONValue.string)) }

    mutating func member(_ name: StaticString, _ value: Int64?) { put(name, value.map(JSONValue.integer)) }

    mutating func member(_ name: StaticString, _ value: Double?) { put(name, value.map(JSONValue.double)) }

    mutating func member(_ name: StaticString, _ value: Bool?) { put(name, value.map(JSONValue.bool)) }

    mutating func member(_ name: StaticString, _ value: Timestamp?) { member(name, value?.iso8601) }

    /// Moves the member to the end of the object, wherever it stood before.
    mutating func lastMember(_ name: StaticString, sequence: UInt64) {
        removeValue(forKey: Self.text(name))
        member(name, sequence: sequence)
    }

    private mutating func put(_ name: StaticString, _ value: JSONValue?) { self[Self.text(name)] = value ?? .null }

    private static func text(_ name: StaticString) -> String {
        name.withUTF8Buffer { unsafe String(decoding: $0, as: UTF8.self) }
    }
}
