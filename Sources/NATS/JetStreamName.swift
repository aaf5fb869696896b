/// The name of a stream or of a consumer, which is a token of the API's subjects.
public struct JetStreamName: Hashable, Sendable {
    /// In bytes.
    public static let bytesMax = 255

    public let text: String

    /// The name, or nil where `text` is none: printable ASCII without space, `.`, `*`, `>`, `/` and `\`.
    public init?(_ text: String) {
        let forbidden = Array(".*>/\\".utf8)
        guard (1...Self.bytesMax).contains(text.utf8.count) else { return nil }
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && !forbidden.contains($0) }) else { return nil }
        self.text = text
    }

    /// - Precondition: `text` is a name, by how it was made.
    init(checked text: String) { self.text = text }
}
