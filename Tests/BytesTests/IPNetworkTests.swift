import Bytes
import Testing

@Suite struct IPNetworkTests {
    private func contains(_ network: String, _ address: String) throws -> Bool {
        try #require(IPNetwork(text: network), "\(network)").contains(try #require(IPAddress(text: address)))
    }

    @Test(arguments: [
        ("192.0.2.0/24", "192.0.2.255", true), ("192.0.2.0/24", "192.0.3.0", false), ("0.0.0.0/0", "203.0.113.9", true),
        ("192.0.2.7", "192.0.2.7", true), ("192.0.2.7/32", "192.0.2.6", false), ("10.0.0.0/8", "::ffff:10.1.2.3", true),
        ("0.0.0.0/0", "2001:db8::1", false), ("::/0", "192.0.2.7", false), ("::/0", "2001:db8::1", true),
        ("2001:db8::/32", "2001:db8:ffff::1", true), ("2001:db8::/32", "2001:db9::1", false),
        ("2001:db8:0:1::/64", "2001:db8:0:1:ffff::", true), ("2001:db8::/65", "2001:db8:0:0:8000::", false),
        ("2001:db8::8/127", "2001:db8::9", true), ("::1", "::1", true), ("::1/128", "::2", false),
    ])
    func `a network has the addresses with its prefix`(_ network: String, _ address: String, _ isThere: Bool) throws {
        #expect(try contains(network, address) == isThere)
    }

    @Test(arguments: [
        "", "/", "192.0.2.7/24", "192.0.2.0/33", "192.0.2.0/", "192.0.2.0/024", "192.0.2.0/+8", "192.0.2.0/8/8",
        "2001:db8::1/64", "2001:db8::/129", "::ffff:192.0.2.7", "[::1]", "a.example", "192.0.2.0/-1", "10/8",
        "192.0.2.0 /24",
    ])
    func `anything else is refused`(_ text: String) { #expect(IPNetwork(text: text) == nil) }

    @Test func `a network is written as it is read`() {
        for text in ["192.0.2.0/24", "192.0.2.7", "2001:db8::/32", "::1", "::/0", "0.0.0.0/0"] {
            #expect(IPNetwork(text: text)?.description == text)
        }
        #expect(IPNetwork(text: "192.0.2.7/32")?.description == "192.0.2.7")
    }
}
