import Bytes
import JSON

/// A fault in a journal record or a document that was damaged, or edited by hand with a slip.
public struct DocumentFault: Error, Hashable, Sendable, CustomStringConvertible {
    /// The member at fault, with the names of the members around it: `ticket.user_id`.
    public let member: String

    /// What the member should be: `must be a time`.
    public let expectation: String

    public var description: String { member.isEmpty ? expectation : "\(member) \(expectation)" }
}

/// Reads the members of an object that this program once wrote, and names the member that is not as it was.
///
/// A missing member counts as null. Members that nobody asks for are ignored, so what a later version writes can be
/// read.
struct MemberReader {
    let object: JSONObject

    /// The names of the members around this object, each followed by a dot.
    let prefix: String

    init(_ value: JSONValue?, prefix: String = "") throws(DocumentFault) {
        guard let object = value?.objectValue else {
            throw DocumentFault(member: String(prefix.dropLast()), expectation: "must be an object")
        }
        self.object = object
        self.prefix = prefix
    }

    init(_ object: JSONObject, prefix: String = "") {
        self.object = object
        self.prefix = prefix
    }

    func fault(_ name: String, _ expectation: String) -> DocumentFault {
        DocumentFault(member: prefix + name, expectation: expectation)
    }

    /// The member; nil if it is missing or null.
    func value(_ name: String) -> JSONValue? {
        guard let value = object[name], !value.isNull else { return nil }
        return value
    }

    // MARK: - Members that must be there

    func string(_ name: String) throws(DocumentFault) -> String {
        guard let text = value(name)?.stringValue else { throw fault(name, "must be a string") }
        return text
    }

    func integer(_ name: String) throws(DocumentFault) -> Int64 {
        guard let number = value(name)?.integerValue else { throw fault(name, "must be an integer") }
        return number
    }

    func sequence(_ name: String) throws(DocumentFault) -> UInt64 {
        guard let number = UInt64(exactly: try integer(name)) else { throw fault(name, "must not be negative") }
        return number
    }

    /// A count. One that is greater than can ever be is cut, so that counting on does not overflow.
    func count(_ name: String) throws(DocumentFault) -> Int { Int(min(try sequence(name), 1 << 40)) }

    func identifier(_ name: String) throws(DocumentFault) -> Identifier {
        guard let id = Identifier(exactly: try integer(name)), id > 0, id <= DeskLimits.identifierMax else {
            throw fault(name, "must be a number from 1 to \(DeskLimits.identifierMax)")
        }
        return id
    }

    func bool(_ name: String) throws(DocumentFault) -> Bool {
        guard let value = value(name)?.boolValue else { throw fault(name, "must be true or false") }
        return value
    }

    func timestamp(_ name: String) throws(DocumentFault) -> Timestamp {
        guard let time = Timestamp(iso8601: try string(name)) else { throw fault(name, "must be a time") }
        return time
    }

    func word<Word: RawRepresentable<String> & CaseIterable>(
        _ name: String, of type: Word.Type = Word.self
    ) throws(DocumentFault) -> Word {
        guard let word = Word(rawValue: try string(name)) else {
            throw fault(name, "must be one of \(Word.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return word
    }

    func caller(_ name: String) throws(DocumentFault) -> Caller {
        switch value(name) {
        case .string("operator")?: return .operator
        case .string("central")?: return .central
        case .string("station")?: return .station
        default: return .user(try identifier(name))
        }
    }

    func reader(_ name: String) throws(DocumentFault) -> MemberReader {
        try MemberReader(value(name), prefix: "\(prefix)\(name).")
    }

    // MARK: - Members that may be missing or null

    func optionalString(_ name: String) throws(DocumentFault) -> String? {
        value(name) == nil ? nil : try string(name)
    }

    func optionalDouble(_ name: String) throws(DocumentFault) -> Double? {
        guard let value = value(name) else { return nil }
        guard let number = value.doubleValue else { throw fault(name, "must be a number") }
        return number
    }

    func optionalIdentifier(_ name: String) throws(DocumentFault) -> Identifier? {
        value(name) == nil ? nil : try identifier(name)
    }

    func optionalTimestamp(_ name: String) throws(DocumentFault) -> Timestamp? {
        value(name) == nil ? nil : try timestamp(name)
    }

    func optionalSequence(_ name: String) throws(DocumentFault) -> UInt64? {
        value(name) == nil ? nil : try sequence(name)
    }

    /// A count; 0 if the member is missing.
    func optionalCount(_ name: String) throws(DocumentFault) -> Int { value(name) == nil ? 0 : try count(name) }

    func optionalCaller(_ name: String) throws(DocumentFault) -> Caller? {
        value(name) == nil ? nil : try caller(name)
    }

    /// The elements of an array; none if the member is missing.
    func elements(_ name: String) throws(DocumentFault) -> [JSONValue] {
        guard let value = value(name) else { return [] }
        guard let elements = value.arrayValue else { throw fault(name, "must be an array") }
        return elements
    }

    /// The objects of an array; none if the member is missing.
    func readers(_ name: String) throws(DocumentFault) -> [MemberReader] {
        var readers: [MemberReader] = []
        for (index, element) in try elements(name).enumerated() {
            readers.append(try MemberReader(element, prefix: "\(prefix)\(name)[\(index)]."))
        }
        return readers
    }

    func sequences(_ name: String) throws(DocumentFault) -> [UInt64] {
        var sequences: [UInt64] = []
        for element in try elements(name) {
            guard let number = element.integerValue, let sequence = UInt64(exactly: number) else {
                throw fault(name, "must be an array of sequence numbers")
            }
            sequences.append(sequence)
        }
        return sequences
    }
}
