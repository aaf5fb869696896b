/// The name of a stream or of a consumer, which is a token of the API's subjects.
public struct JetStreamName: Hashable, Sendable {
    /// In bytes.
    public static let bytesMax = 255

    public let text: String

    /// The name, or nil where `text` is none: printable ASCII without space, `.`, `*`, `>`, `/` and `\`.
    public init?(_ text: String) {
        guard Self.isName(text) else { return nil }
        self.text = text
    }

    /// A name that is one by how it was made.
    ///
    /// - Precondition: `text` is a name.
    public init(checked text: String) {
        precondition(Self.isName(text), "this is no name of a stream or a consumer")
        self.text = text
    }

    private static func isName(_ text: String) -> Bool {
        let forbidden = Array(".*>/\\".utf8)
        return (1...bytesMax).contains(text.utf8.count)
            && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !forbidden.contains($0) }
    }
}
