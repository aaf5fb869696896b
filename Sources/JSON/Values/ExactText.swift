/// A string that equals another if their UTF-8 is the same, byte for byte.
///
/// `String` compares by canonical equivalence: two member names with different bytes could be one, and a peer could
/// send thousands of such names that share a hash. This type hashes the bytes themselves, with the process's random
/// seed.
struct ExactText: Hashable {
    let text: String

    init(_ text: String) { self.text = text }

    static func == (left: ExactText, right: ExactText) -> Bool { equal(left.text, right.text) }

    func hash(into hasher: inout Hasher) {
        let bytes = text.utf8Span.span
        unsafe bytes.withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
        hasher.combine(0xFF as UInt8)
    }

    /// Whether both strings have the same UTF-8. O(n), or O(1) if the lengths differ.
    static func equal(_ left: String, _ right: String) -> Bool {
        let count = left.utf8.count
        guard count == right.utf8.count else { return false }
        let leftBytes = left.utf8Span.span
        let rightBytes = right.utf8Span.span
        for index in 0..<count where leftBytes[index] != rightBytes[index] { return false }
        return true
    }
}
