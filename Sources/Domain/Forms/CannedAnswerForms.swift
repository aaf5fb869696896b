import JSON

/// The body of POST /answers.
public struct CannedAnswerDraft: Hashable, Sendable {
    /// What it is for.
    public var title: String

    /// The text.
    public var body: String

    /// The language of the text; nil if it is not said.
    public var language: Language?

    /// Creates a draft from its parts, which must pass the rules of the form.
    public init(title: String, body: String, language: Language? = nil) {
        self.title = title
        self.body = body
        self.language = language
    }

    /// Reads the body. Throws `invalid` with every fault.
    public init(_ body: JSONValue) throws(Refusal) {
        var form = try Form(body, fields: CannedAnswerPatch.fields)
        let title = form.required("title", .notBlank, .string, .maxLength(TextLimits.answerTitleMax), .noControls)
        let text = form.required("body", .notBlank, .string, .maxLength(TextLimits.responseMax))
        let language = form.optional("language", .word(Language.self))
        try form.finish()
        self.init(title: title?.stringValue ?? "", body: text?.stringValue ?? "", language: language?.word())
    }
}

/// The body of PATCH /answers/{id}.
public struct CannedAnswerPatch: Hashable, Sendable {
    static let fields = ["title", "body", "language"]

    /// What it is for.
    public var title: Edit<String> = .keep

    /// The text.
    public var body: Edit<String> = .keep

    /// The language of the text.
    public var language: Edit<Language?> = .keep

    /// Creates a patch that keeps every field.
    public init() {}

    /// Reads the body. Throws `invalid` with every fault.
    public init(_ body: JSONValue) throws(Refusal) {
        var form = try Form(body, fields: Self.fields)
        let title = form.edit("title", .notBlank, .string, .maxLength(TextLimits.answerTitleMax), .noControls)
        let text = form.edit("body", .notBlank, .string, .maxLength(TextLimits.responseMax))
        let language = form.nullableEdit("language", .word(Language.self))
        try form.finish()
        if let title = title?.stringValue { self.title = .set(title) }
        if let text = text?.stringValue { self.body = .set(text) }
        if let language { self.language = .set(language.word()) }
    }
}
