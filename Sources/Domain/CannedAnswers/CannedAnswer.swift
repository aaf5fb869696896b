import JSON

/// A text that staff answer with again and again.
public struct CannedAnswer: Hashable, Sendable {
    /// Its number.
    public let id: Identifier

    /// What it is for, in a few words.
    public var title: String

    /// The text.
    public var body: String

    /// The language of the text; nil if it is not said.
    public var language: Language?

    /// The last event that changed it; 0 in records, which have a sequence of their own.
    public var sequence: UInt64

    func writeMembers(into sink: inout some MemberSink) {
        sink.member("answer_id", id: id)
        sink.member("title", title)
        sink.member("body", body)
        sink.member("language", language?.rawValue)
    }

    init(id: Identifier, title: String, body: String, language: Language?, sequence: UInt64) {
        self.id = id
        self.title = title
        self.body = body
        self.language = language
        self.sequence = sequence
    }

    init(_ reader: MemberReader, sequence: UInt64) throws(DocumentFault) {
        self.init(
            id: try reader.identifier("answer_id"), title: try reader.string("title"), body: try reader.string("body"),
            language: try reader.language("language"), sequence: sequence)
    }

    /// Writes the answer as a JSON object.
    public func write(into writer: inout JSONWriter) {
        writer.beginObject()
        writeMembers(into: &writer)
        writer.endObject()
    }
}

extension CannedAnswer: Numbered {}

// answers/<id>.json: the members of an answer to a request, then sequence.

extension CannedAnswer: DeskDocument {
    init(_ reader: MemberReader, id: Identifier) throws(DocumentFault) {
        try self.init(reader, sequence: try reader.sequence("sequence"))
        guard self.id == id else { throw reader.fault("answer_id", "must be the number in the file's name") }
    }

    init?(madeBy event: Event, id: Identifier) {
        switch event.change {
        case .answerCreated(let answer), .answerUpdated(let answer, _): self = answer
        default: return nil
        }
    }

    var path: DocumentPath { DocumentPath(.answers, id) }

    static func appendPaths(touchedBy event: Event, to paths: inout [DocumentPath]) {
        switch event.change {
        case .answerCreated(let answer), .answerUpdated(let answer, _): paths.append(DocumentPath(.answers, answer.id))
        case .answerDeleted(let id, _): paths.append(DocumentPath(.answers, id))
        default: break
        }
    }

    var documentSequence: UInt64 { sequence }

    mutating func fold(_ event: Event) -> Bool {
        switch event.change {
        case .answerCreated(let answer), .answerUpdated(let answer, _): self = answer
        case .answerDeleted: return false
        default: break
        }
        return true
    }

    func write(into object: inout JSONObject) { writeMembers(into: &object) }
}
