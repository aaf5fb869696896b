/// What a failure shows of a long text: a screen at most.
enum Excerpt {
    private static let lines = 25
    private static let width = 400

    /// The last lines, each cut at its end.
    static func end(of text: String) -> String {
        text.split(separator: "\n").suffix(lines).map { $0.count > width ? "\($0.prefix(width))…" : "\($0)" }
            .joined(separator: "\n")
    }

    /// The beginning.
    static func start(of text: String) -> String {
        text.utf8.count > width ? "\(text.prefix(width))… (\(text.utf8.count) bytes)" : text
    }
}
