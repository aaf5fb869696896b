import JSON

/// The names of fields that can change: members of tickets, users, swap stations and canned answers,
/// spelt as in JSON.
public enum FieldName: String, Sendable {
    case status, response, description, type, priority, rating
    case stationID = "station_id"
    case assigneeID = "assignee_id"
    case username, email, phone, role, active, password
    case name, address, latitude, longitude
    case title, body, language
}

/// The value of a field.
public enum FieldValue: Hashable, Sendable {
    case none
    case integer(Int64)
    case double(Double)
    case bool(Bool)
    case text(String)

    init(_ text: String?) { self = text.map(Self.text) ?? .none }

    init(_ id: Identifier?) { self = id.map { .integer(Int64($0)) } ?? .none }

    init(_ number: Double?) { self = number.map(Self.double) ?? .none }

    init(_ json: JSONValue?) {
        switch json {
        case .bool(let value)?: self = .bool(value)
        case .integer(let value)?: self = .integer(value)
        case .double(let value)?: self = .double(value)
        case .string(let value)?: self = .text(value)
        default: self = .none
        }
    }

    fileprivate var textBytes: Int { if case .text(let text) = self { text.utf8.count } else { 0 } }

    var json: JSONValue {
        switch self {
        case .none: .null
        case .integer(let value): .integer(value)
        case .double(let value): .double(value)
        case .bool(let value): .bool(value)
        case .text(let value): .string(value)
        }
    }
}

/// A field that went from one value to another. A change of a password has neither value.
public struct FieldChange: Hashable, Sendable {
    /// The field that changed.
    public let field: FieldName

    /// Its value before.
    public let from: FieldValue

    /// Its value after.
    public let to: FieldValue

    /// Creates a change from its parts.
    public init(_ field: FieldName, from: FieldValue, to: FieldValue) {
        self.field = field
        self.from = from
        self.to = to
    }

    /// The bytes of the texts in it.
    var textBytes: Int { from.textBytes + to.textBytes }

    /// Reads a change; nil if this version does not know the field.
    init?(_ reader: MemberReader) throws(DocumentFault) {
        guard let field = FieldName(rawValue: try reader.string("field")) else { return nil }
        self.init(field, from: FieldValue(reader.value("from")), to: FieldValue(reader.value("to")))
    }

    /// Writes the three members into an object that has been begun.
    func writeMembers(into writer: inout JSONWriter) {
        writer.member("field", field.rawValue)
        writer.member("from", from.json)
        writer.member("to", to.json)
    }

    func writeMembers(into object: inout JSONObject) {
        object["field"] = .string(field.rawValue)
        object["from"] = from.json
        object["to"] = to.json
    }
}

extension [FieldChange] {
    /// Notes a change if the two values differ.
    mutating func note(_ field: FieldName, from: FieldValue, to: FieldValue) {
        if from != to { append(FieldChange(field, from: from, to: to)) }
    }

    mutating func noteText(_ field: FieldName, from: String?, to: String?) {
        note(field, from: FieldValue(from), to: FieldValue(to))
    }

    mutating func noteNumber(_ field: FieldName, from: Identifier?, to: Identifier?) {
        note(field, from: FieldValue(from), to: FieldValue(to))
    }

    /// Whether these changes set a ticket's status to `status`.
    func reach(_ status: TicketStatus) -> Bool {
        contains { $0.field == .status && $0.to == .text(status.rawValue) }
    }

    static func read(_ readers: [MemberReader]) throws(DocumentFault) -> [FieldChange] {
        var changes: [FieldChange] = []
        for reader in readers {
            if let change = try FieldChange(reader) { changes.append(change) }
        }
        return changes
    }
}
