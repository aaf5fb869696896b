import Testing

@testable import DNS

@Suite struct HostsFileTests {
    private func addresses(of name: String, in text: String) -> String {
        HostsFile(Array(text.utf8)).addresses(of: name).map(\.description).joined(separator: " ")
    }

    private static let text = """
        # The station's own.
        127.0.0.1\tlocalhost
        ::1   localhost ip6-localhost\tip6-loopback # and more

          192.0.2.1  central.example.com central   Central2.\r
        192.0.2.2 central
        2001:db8::2 central
        192.0.2.1 central
        192.0.2.300 broken
        fe80::1%eth0 zoned
        central
        0.0.0.0 blocked
        192.0.2.7 my_host bücher
        #192.0.2.9 commented
        192.0.2.8 last
        """

    @Test(arguments: [
        ("localhost", "127.0.0.1 ::1"), ("ip6-loopback", "::1"), ("central.example.com", "192.0.2.1"),
        ("central", "192.0.2.1 192.0.2.2 2001:db8::2"), ("CENTRAL.Example.COM", "192.0.2.1"),
        ("central.example.com.", "192.0.2.1"), ("central2", "192.0.2.1"), ("my_host", "192.0.2.7"),
        ("bücher", "192.0.2.7"), ("last", "192.0.2.8"), ("broken", ""), ("zoned", ""), ("blocked", ""),
        ("commented", ""), ("and", ""), ("more", ""), ("", ""), (".", ""), ("192.0.2.1", ""), ("centra", ""),
        ("central.example", ""), ("#", ""),
    ]) func `names have the addresses of their lines`(name: String, expected: String) {
        #expect(addresses(of: name, in: Self.text) == expected)
        let returns = Self.text.replacing("\n", with: "\r\n")
        #expect(addresses(of: name, in: returns) == expected)
    }

    @Test func `a missing file has no names`() {
        #expect(HostsFile().addresses(of: "localhost").isEmpty)
    }

    @Test func `the search has limits`() {
        let filler = String(repeating: "#", count: HostsFile.bytesMax - 15)
        #expect(addresses(of: "a", in: "\(filler)\n192.0.2.1 a\n") == "192.0.2.1")
        #expect(addresses(of: "a", in: "\(filler)#####\n192.0.2.1 a\n") == "")
        let many = (0..<200).map { "192.0.2.\($0) a\n" }.joined()
        #expect(HostsFile(Array(many.utf8)).addresses(of: "a").count == HostsFile.addressesMax)
    }

    @Test func `bytes that are not text do no harm`() {
        let line = Array("192.0.2.1 a \u{0}\n".utf8)
        let bytes: [UInt8] = [0xFF, 0x20, 0x61, 0x0A, 0, 0x0A] + line + [0x20, 0x09, 0x0D]
        #expect(HostsFile(bytes).addresses(of: "a").count == 1)
    }
}
