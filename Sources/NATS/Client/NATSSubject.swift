/// A subject that a message is published to: tokens separated by dots, such as `stations.7.ticket.created`.
///
/// It is checked once, so that in a line of the protocol it can neither end the line nor mean something else: each
/// token has at least one byte, and there is no white space, control character or wildcard.
public struct NATSSubject: Hashable, Sendable {
    /// The longest subject, in bytes. Three of these and the numbers fit a control line.
    public static let bytesMax = 1024

    /// The subject as it is written.
    public let text: String

    /// Creates a subject, or returns nil if `text` is not one.
    public init?(_ text: String) {
        guard let tokens = SubjectTokens(text), !tokens.hasWildcards else { return nil }
        self.text = text
    }

    /// Creates a subject from a text that is known to be one.
    ///
    /// - Precondition: `text` is a subject.
    public init(checked text: String) {
        precondition(SubjectTokens(text)?.hasWildcards == false, "not a subject")
        self.text = text
    }

    /// Creates the subject of a request for the last message that a filter lets through. It ends with the filter, whose
    /// wildcards are meant as they stand: the server reads them.
    ///
    /// - Precondition: `prefix` is tokens, each with a full stop after it.
    init(last prefix: String, _ filter: NATSSubjectFilter) {
        precondition(SubjectTokens(prefix + "x")?.hasWildcards == false, "not a prefix of subjects")
        text = prefix + filter.text
    }

    /// Creates the subject that has other tokens in front of the rest of an existing one, which begins with a full
    /// stop.
    init(prefixing prefix: String, _ rest: Substring) {
        let text = prefix + rest
        precondition(SubjectTokens(text) != nil, "not a subject")
        self.text = text
    }
}

/// What a subscription, a stream or a consumer listens on: a subject in which `*` stands for any one token and a final
/// `>` for one or more tokens.
public struct NATSSubjectFilter: Hashable, Sendable {
    /// The filter as it is written.
    public let text: String

    /// Creates a filter, or returns nil if `text` is not one: a wildcard must be a token of its own.
    public init?(_ text: String) {
        guard SubjectTokens(text) != nil else { return nil }
        self.text = text
    }

    /// The filter that lets only `subject` through.
    public init(_ subject: NATSSubject) { text = subject.text }

    /// Creates a filter from a text that is known to be one.
    ///
    /// - Precondition: `text` is a filter.
    public init(checked text: String) {
        precondition(SubjectTokens(text) != nil, "not a filter of subjects")
        self.text = text
    }

    /// Whether this filter lets through every subject that `other` lets through. O(length).
    public func covers(_ other: NATSSubjectFilter) -> Bool {
        let ours = text.utf8.split(separator: 0x2E)
        let theirs = other.text.utf8.split(separator: 0x2E)
        for (place, token) in ours.enumerated() {
            guard place < theirs.count else { return false }
            if token.elementsEqual(SubjectTokens.rest) { return true }
            let their = theirs[place]
            if their.elementsEqual(SubjectTokens.rest) { return false }
            guard token.elementsEqual(SubjectTokens.any) || token.elementsEqual(their) else { return false }
        }
        return ours.count == theirs.count
    }
}

/// The grammar that subjects and filters share.
private struct SubjectTokens {
    static let any: [UInt8] = [0x2A]
    static let rest: [UInt8] = [0x3E]

    private(set) var hasWildcards = false

    init?(_ text: String) {
        guard text.utf8.count <= NATSSubject.bytesMax else { return nil }
        let tokens = text.utf8.split(separator: 0x2E, omittingEmptySubsequences: false)
        for (place, token) in tokens.enumerated() {
            guard !token.isEmpty, token.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else { return nil }
            guard token.contains(0x2A) || token.contains(0x3E) else { continue }
            let isAny = token.elementsEqual(Self.any)
            guard isAny || (token.elementsEqual(Self.rest) && place == tokens.count - 1) else { return nil }
            hasWildcards = true
        }
    }
}
