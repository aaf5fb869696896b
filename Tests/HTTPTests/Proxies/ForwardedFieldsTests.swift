import Bytes
import Testing

@testable import HTTP

@Suite struct ForwardedFieldsTests {
    /// The addresses as text, nearest first, `-` for one that is hidden.
    private static func text(_ hops: [IPAddress?]?) -> String? {
        hops.map { $0.map { $0.map { "\($0)" } ?? "-" }.joined(separator: " ") }
    }

    static let usual: [(lines: [String], hops: String?)] = [
        ([], nil), ([""], ""), (["192.0.2.7"], "192.0.2.7"), (["192.0.2.7, 10.0.0.1"], "10.0.0.1 192.0.2.7"),
        (["192.0.2.7", "10.0.0.1,10.0.0.2"], "10.0.0.2 10.0.0.1 192.0.2.7"),
        (["192.0.2.7:4711"], "192.0.2.7"), (["[2001:db8::7]:4711"], "2001:db8::7"), (["[2001:db8::7]"], "2001:db8::7"),
        (["2001:db8::7"], "2001:db8::7"), (["::ffff:192.0.2.7"], "192.0.2.7"), (["unknown, 10.0.0.1"], "10.0.0.1 -"),
        (["10.0.0.1, unknown"], "- 10.0.0.1"), (["a.example"], "-"), (["192.0.2.7:x"], "-"), (["[192.0.2.7]"], "-"),
        (["[2001:db8::7"], "-"), (["[2001:db8::7]x"], "-"), (["192.0.2.7:123456"], "-"), (["0.0.0.0"], "-"),
        (["224.0.0.1"], "-"), (["fe80::1%eth0"], "-"), ([" \t192.0.2.7\t , ,10.0.0.1 "], "10.0.0.1 - 192.0.2.7"),
        // Quotes hide nothing.
        (["\"192.0.2.9, 10.0.0.1"], "10.0.0.1 -"), (["a\\\", \"10.0.0.1"], "- -"),
    ]

    @Test(arguments: usual.indices) func `X-Forwarded-For is read from its end`(_ index: Int) {
        var fields: HTTPFields = ["Host": "a"]
        for line in Self.usual[index].lines { fields.append("x-forwarded-FOR", line) }
        #expect(Self.text(fields.forwardedFor()) == Self.usual[index].hops, "\(Self.usual[index].lines)")
        #expect(fields.forwarded() == nil)
    }

    static let standard: [(lines: [String], hops: String?)] = [
        // The examples of RFC 7239, section 4.
        (["for=\"_gazonk\""], "-"), (["For=\"[2001:db8:cafe::17]:4711\""], "2001:db8:cafe::17"),
        (["for=192.0.2.60;proto=http;by=203.0.113.43"], "192.0.2.60"),
        (["for=192.0.2.43, for=198.51.100.17"], "198.51.100.17 192.0.2.43"),
        (
            ["for=192.0.2.43", "for=198.51.100.17;by=203.0.113.60;proto=http;host=example.com"],
            "198.51.100.17 192.0.2.43"
        ),
        (["for=unknown"], "-"), (["for=\"192.0.2.43:47011\",for=\"[2001:db8::17]\""], "2001:db8::17 192.0.2.43"),
        // What proxies make of it.
        (["for=192.0.2.43:47011"], "192.0.2.43"), (["for=[2001:db8::17]:47011"], "2001:db8::17"),
        (["for=192.0.2.43;"], "192.0.2.43"), (["for=192.0.2.43 ; proto=https"], "192.0.2.43"),
        (["by=203.0.113.43"], "-"), (["for=\"192.0.2.43:_port\""], "192.0.2.43"),
        (["for=\"1\\92.0.2.43\""], "192.0.2.43"),
        ([""], ""), ([",, for=192.0.2.43,"], "192.0.2.43"),
        // Malformed as a whole.
        (["for"], "-"), (["for="], "-"), (["for=\"192.0.2.43"], "-"), (["for=192.0.2.43;for=192.0.2.44"], "-"),
        (["for=\"192.0.2.43\"x"], "-"), (["192.0.2.43"], "-"), (["for = 192.0.2.43"], "-"), (["for=\"a\\"], "-"),
        // An open quote in front spoils its line, and not the next.
        (["for=\"192.0.2.9, for=198.51.100.17"], "-"), (["for=\"192.0.2.9", "for=198.51.100.17"], "198.51.100.17 -"),
        (["x=\", for=\"[2001:db8::17]\""], "-"), (["for=192.0.2.9;x=\", for=198.51.100.17;host=\"a\""], "-"),
    ]

    @Test(arguments: standard.indices) func `Forwarded is read from its end`(_ index: Int) {
        var fields = HTTPFields()
        for line in Self.standard[index].lines { fields.append("forwarded", line) }
        #expect(
            Self.text(fields.forwarded()) == (Self.standard[index].lines.isEmpty ? nil : Self.standard[index].hops),
            "\(Self.standard[index].lines)")
        #expect(fields.forwardedFor() == nil)
    }
}
