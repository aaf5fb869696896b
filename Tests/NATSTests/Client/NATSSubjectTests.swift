import NATS
import Testing

@Suite struct NATSSubjectTests {
    @Test(arguments: ["a", "stations.7.ticket.created", "$JS.API.INFO", "_INBOX.x.1", "é.日本", "a*b"])
    func `valid subjects are accepted`(_ text: String) {
        let hasWildcard = text.contains("*")
        #expect((NATSSubject(text) != nil) == !hasWildcard)
        #expect((NATSSubjectFilter(text) != nil) == !hasWildcard)
    }

    @Test func `texts that are not subjects are refused`() {
        let table: [String] = [
            "", ".", "a.", ".a", "a..b", "a b", "a\tb", "a\r\nPUB x 0", "a\u{0}", "a\u{7F}", "a.b>", ">.a", "a.>.b",
            "**",
            "a.*b",
        ]
        for text in table {
            #expect(NATSSubject(text) == nil)
            #expect(NATSSubjectFilter(text) == nil)
        }
    }

    @Test(arguments: ["*", ">", "a.*", "a.*.c", "a.>", "*.*.>"])
    func `only filters have wildcards`(_ text: String) {
        #expect(NATSSubject(text) == nil)
        #expect(NATSSubjectFilter(text)?.text == text)
    }

    @Test func `subjects have a largest length`() {
        #expect(NATSSubject(String(repeating: "a", count: NATSSubject.bytesMax)) != nil)
        #expect(NATSSubject(String(repeating: "a", count: NATSSubject.bytesMax + 1)) == nil)
    }

    @Test(arguments: [
        ("a.b", "a.b", true), ("a.b", "a.c", false), ("a.b", "a", false), ("a", "a.b", false), ("a.*", "a.b", true),
        ("a.*", "a.b.c", false), ("a.*", "a.*", true), ("a.b", "a.*", false), ("a.>", "a.b", true),
        ("a.>", "a.b.c", true), ("a.>", "a", false), ("a.>", "a.>", true), ("a.>", "a.*.c", true),
        ("a.*", "a.>", false), (">", "a", true), (">", ">", true), ("*", ">", false), ("*.b", "a.b", true),
        ("*.*", "a.>", false), ("stations.>", "stations.7.*.*", true), ("stations.7.>", "stations.>", false),
    ])
    func `filters cover other filters`(_ wide: String, _ narrow: String, _ covers: Bool) throws {
        let wide = try #require(NATSSubjectFilter(wide))
        let narrow = try #require(NATSSubjectFilter(narrow))
        #expect(wide.covers(narrow) == covers)
    }
}
