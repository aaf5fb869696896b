import Testing

@testable import Bytes

@Suite struct SpellingTests {
    static let distances: [(String, String, Int)] = [
        ("", "", 0), ("", "abc", 3), ("abc", "abc", 0), ("abc", "abd", 1), ("abc", "ab", 1), ("abc", "abcd", 1),
        ("abc", "acb", 1), ("kitten", "sitting", 3), ("ca", "abc", 3), ("levle", "level", 1),
    ]

    @Test(arguments: distances)
    func `the distance counts edits and swaps`(_ left: String, _ right: String, _ distance: Int) {
        #expect(Spelling.distance(Array(left.utf8), Array(right.utf8)) == distance)
        #expect(Spelling.distance(Array(right.utf8), Array(left.utf8)) == distance)
    }

    @Test func `the nearest name is suggested, unless it is too far`() {
        let names = ["add", "list", "passwd", "disable"]
        #expect(Spelling.nearest(to: "lsit", among: names) == "list")
        #expect(Spelling.nearest(to: "ADD", among: names) == "add")
        #expect(Spelling.nearest(to: "password", among: names) == "passwd")
        #expect(Spelling.nearest(to: "remove", among: names) == nil)
        #expect(Spelling.nearest(to: "", among: names) == nil)
        #expect(Spelling.nearest(to: "x", among: ["y"]) == nil)
        #expect(
            Spelling.nearest(to: String(repeating: "a", count: 65), among: [String(repeating: "a", count: 65)]) == nil)
    }
}
