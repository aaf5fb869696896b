import Bytes
import Testing

@Suite struct IPAddressTests {
    /// Texts, and the canonical form of each address.
    private static let wellFormed: [(text: String, written: String)] = [
        ("0.0.0.0", "0.0.0.0"), ("192.0.2.1", "192.0.2.1"), ("255.255.255.255", "255.255.255.255"),
        ("::", "::"), ("::1", "::1"), ("1::", "1::"), ("2001:DB8::1", "2001:db8::1"),
        ("2001:db8:0:0:0:0:0:1", "2001:db8::1"), ("2001:0db8::0001", "2001:db8::1"),
        // RFC 5952, section 4.2.2: a single zero group is not shortened.
        ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"), ("2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
        // Section 4.2.3: the longest run is shortened, or the first of equally long ones.
        ("2001:0:0:1:0:0:0:1", "2001:0:0:1::1"), ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
        ("0:0:1::", "0:0:1::"), ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"), ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"),
        ("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"), ("::ffff:192.0.2.1", "::ffff:192.0.2.1"),
        ("::FFFF:C000:0201", "::ffff:192.0.2.1"), ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"),
        ("1:2:3:4:5:6:192.0.2.1", "1:2:3:4:5:6:c000:201"), ("fe80::1", "fe80::1"),
        ("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
    ]

    @Test func `text is read, and written as RFC 5952 requires`() throws {
        for (text, written) in Self.wellFormed {
            let address = try #require(IPAddress(text: text), "\(text)")
            #expect(address.description == written)
            #expect(IPAddress(text: written) == address)
            #expect(IPAddress(bytes: address.bytes) == address)
        }
    }

    @Test(arguments: [
        "", " ", ".", "1.2.3", "1.2.3.4.5", "1.2.3.256", "1.2.3.04", "01.2.3.4", "1.2.3.", ".1.2.3", "1..2.3",
        "0x7f.0.0.1", "127.1", "1.2.3.4 ", " 1.2.3.4", "+1.2.3.4", "1.2.3.-4", "1.2.3.4:80", "1.2.3.9999", "2130706433",
        ":", ":::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::", "::1:2:3:4:5:6:7:8", "1::2::3", ":1::",
        "1:::2", "::1:", "12345::", "g::", "fe80::1%eth0", "[::1]", "::1/128", "1.2.3.4::", "::1.2.3", "::1.2.3.4:5",
        "1:2:3:4:5:6:7:1.2.3.4", "::01.2.3.4", "::1.2.3.256", "٣.1.1.1",
        "0000:0000:0000:0000:0000:0000:192.168.100.2289",
    ]) func `malformed addresses are refused`(text: String) {
        #expect(IPAddress(text: text) == nil)
    }

    @Test func `an address has four or sixteen bytes`() {
        for count in 0...20 {
            #expect((IPAddress(bytes: [UInt8](repeating: 7, count: count)) != nil) == (count == 4 || count == 16))
        }
        #expect(IPAddress(bytes: [192, 0, 2, 1])?.description == "192.0.2.1")
        #expect(IPAddress(bytes: [0x20, 1, 0x0D, 0xB8] + Array(repeating: 0, count: 12))?.description == "2001:db8::")
    }

    @Test func `IPv6, loopback and unicast addresses are recognized`() throws {
        let table: [(String, isIPv6: Bool, isLoopback: Bool, isUnicast: Bool)] = [
            ("192.0.2.1", false, false, true), ("127.0.0.1", false, true, true), ("127.255.0.9", false, true, true),
            ("128.0.0.1", false, false, true), ("0.0.0.0", false, false, false), ("224.0.0.1", false, false, false),
            ("239.255.255.255", false, false, false), ("255.255.255.255", false, false, false),
            ("2001:db8::1", true, false, true), ("::1", true, true, true), ("::", true, false, false),
            ("ff02::1", true, false, false), ("::ffff:127.0.0.1", true, false, true),
        ]
        for (text, isIPv6, isLoopback, isUnicast) in table {
            let address = try #require(IPAddress(text: text))
            #expect(address.isIPv6 == isIPv6, "\(text)")
            #expect(address.isLoopback == isLoopback, "\(text)")
            #expect(address.isUnicast == isUnicast, "\(text)")
        }
    }

    @Test func `an IPv4-mapped address is unmapped to IPv4`() throws {
        for (text, unmapped) in [
            ("::ffff:192.0.2.1", "192.0.2.1"), ("::ffff:0:0", "0.0.0.0"), ("192.0.2.1", "192.0.2.1"),
            ("::192.0.2.1", "::c000:201"), ("::fffe:c000:201", "::fffe:c000:201"),
            ("1::ffff:c000:201", "1::ffff:c000:201"),
        ] {
            #expect(try #require(IPAddress(text: text)).unmapped.description == unmapped)
        }
    }
}
