/// A language that people are written to in, as BCP 47 names it.
public enum Language: String, CaseIterable, Sendable {
    case english = "en"
    case vietnamese = "vi"
}

extension MemberReader {
    /// A language; nil if there is none, or one that only a later version knows.
    func language(_ name: String) throws(DocumentFault) -> Language? {
        try optionalString(name).flatMap(Language.init(rawValue:))
    }
}
