import Testing

@testable import DNS

@Suite struct DNSNameTests {
    private static let label63 = String(repeating: "a", count: 63)
    /// 253 characters.
    private static let longest = "\(label63).\(label63).\(label63).\(String(repeating: "b", count: 61))"

    @Test func `host names are parsed`() throws {
        for text in [
            "a", "central", "central.example.com", "3com.com", "a-b.c--d.e", "xn--bcher-kva.example", "1.2.3.a",
            Self.label63, Self.longest,
        ] {
            let name = try DNSName(text)
            #expect(name.text == text && !name.isAbsolute)
            let absolute = try DNSName("\(text).")
            #expect(absolute.text == text && absolute.isAbsolute)
        }
        #expect(try DNSName("CENTRAL.Example.com") == DNSName("central.example.COM"))
    }

    @Test func `texts that are not host names are refused`() {
        let table: [(String, DNSNameFault)] = [
            ("", .empty), (".", .emptyLabel), ("a..b", .emptyLabel), (".a", .emptyLabel), ("a..", .emptyLabel),
            ("\(Self.label63)a.b", .labelTooLong), ("\(Self.longest)c", .tooLong), ("\(Self.longest)c.", .tooLong),
            (String(repeating: "a.", count: 1000), .tooLong), ("bücher.example", .notASCII), ("a。b", .notASCII),
            ("a_b.example", .invalidCharacter), ("a b", .invalidCharacter), ("a:80", .invalidCharacter),
            ("*.a", .invalidCharacter), ("a\u{0}", .invalidCharacter), ("-a.b", .hyphenAtEdge),
            ("a-.b", .hyphenAtEdge), ("-", .hyphenAtEdge), ("1.2.3", .numeric), ("1.2.3.256", .numeric),
            ("192.0.2.1.", .numeric), ("a.1", .numeric), ("7", .numeric),
        ]
        for (text, fault) in table {
            #expect(throws: fault, "\(text)") { try DNSName(text) }
        }
    }

    @Test func `every fault can end a sentence`() {
        #expect("\(DNSNameFault.notASCII)".contains("xn--"))
        for fault in [
            DNSNameFault.empty, .tooLong, .emptyLabel, .labelTooLong, .notASCII, .invalidCharacter, .hyphenAtEdge,
            .numeric,
        ] {
            #expect(!fault.description.isEmpty && !fault.description.hasSuffix("."))
        }
    }

    @Test func `appending a domain makes the name absolute`() throws {
        let appended = try #require(DNSName("central").appended(to: DNSName("example.com")))
        #expect(appended.text == "central.example.com" && appended.isAbsolute)
        #expect(try DNSName(Self.longest).appended(to: DNSName("a")) == nil)
    }

    @Test func `labels go to the wire with their lengths`() throws {
        #expect(try DNSName("Ab.c").wire == [2, 0x61, 0x62, 1, 0x63, 0])
        #expect(try DNSName("ab.c.").wire == [2, 0x61, 0x62, 1, 0x63, 0])
        #expect(try DNSName(Self.longest).wire.count == 255)
    }
}
