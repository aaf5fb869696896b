import Bytes
import JSON

/// Something that takes an object's plain members in order: a writer of text, or an object in the making.
///
/// Each entity lists its members once and writes them to either, so that answers, journal records and documents agree.
protocol MemberSink {
    mutating func member(_ name: String, _ value: String?)
    mutating func member(_ name: String, _ value: Int64?)
    mutating func member(_ name: String, _ value: Double?)
    mutating func member(_ name: String, _ value: Bool?)
    mutating func member(_ name: String, _ value: Timestamp?)
}

extension MemberSink {
    mutating func member(_ name: String, id: Identifier?) { member(name, id.map(Int64.init)) }

    mutating func member(_ name: String, sequence: UInt64) { member(name, Int64(clamping: sequence)) }
}

extension JSONWriter: MemberSink {}

extension JSONObject: MemberSink {
    mutating func member(_ name: String, _ value: String?) { self[name] = value.map(JSONValue.string) ?? .null }

    mutating func member(_ name: String, _ value: Int64?) { self[name] = value.map(JSONValue.integer) ?? .null }

    mutating func member(_ name: String, _ value: Double?) { self[name] = value.map(JSONValue.double) ?? .null }

    mutating func member(_ name: String, _ value: Bool?) { self[name] = value.map(JSONValue.bool) ?? .null }

    mutating func member(_ name: String, _ value: Timestamp?) { member(name, value?.iso8601) }

    /// A member that ends the object, wherever it stood before.
    mutating func lastMember(_ name: String, sequence: UInt64) {
        removeValue(forKey: name)
        member(name, sequence: sequence)
    }
}
