import Bytes
import HTTP
import Testing

@Suite struct ProxyPrefaceTests {
    typealias Outcome = ProxyPreface.Outcome

    private static let signature: [UInt8] = [0x0D, 0x0A, 0x0D, 0x0A, 0, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A]
    private static let request = Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8)

    private static func address(_ text: String) -> Outcome { .header(IPAddress(text: text)) }

    /// A header of version 2 with `count` bytes after its fixed part, or as many as are given.
    static func binary(_ command: UInt8, _ family: UInt8, _ bytes: [UInt8], count: Int? = nil) -> [UInt8] {
        let count = count ?? bytes.count
        return signature + [command, family, UInt8(count >> 8), UInt8(count & 0xFF)] + bytes
    }

    private static let four: [UInt8] = [192, 0, 2, 7, 192, 0, 2, 1, 0x12, 0x67, 0x1F, 0x90]
    private static let six: [UInt8] =
        [0x20, 1, 0x0D, 0xB8] + Array(repeating: 0, count: 11) + [7] + Array(repeating: 0, count: 20)
    private static let mapped: [UInt8] =
        Array(repeating: 0, count: 10) + [0xFF, 0xFF, 192, 0, 2, 7] + Array(repeating: 0, count: 20)

    static let headers: [(name: String, bytes: [UInt8], outcome: Outcome)] = [
        ("IPv4", Array("PROXY TCP4 192.0.2.7 192.0.2.1 4711 8080\r\n".utf8), address("192.0.2.7")),
        ("IPv6", Array("PROXY TCP6 2001:db8::7 2001:db8::1 4711 8080\r\n".utf8), address("2001:db8::7")),
        ("IPv4 in IPv6", Array("PROXY TCP6 ::ffff:192.0.2.7 ::ffff:192.0.2.1 1 2\r\n".utf8), address("192.0.2.7")),
        ("ports at their bounds", Array("PROXY TCP4 1.2.3.4 1.2.3.5 0 65535\r\n".utf8), address("1.2.3.4")),
        ("unknown", Array("PROXY UNKNOWN\r\n".utf8), .header(nil)),
        ("unknown, with more", Array("PROXY UNKNOWN ffff::1 x y z\r\n".utf8), .header(nil)),
        (
            "the longest line",
            Array("PROXY UNKNOWN ".utf8) + Array(repeating: 0x78, count: 91) + [0x0D, 0x0A], .header(nil)
        ),
        ("binary, IPv4", binary(0x21, 0x11, four), address("192.0.2.7")),
        ("binary, IPv4 and more items", binary(0x21, 0x11, four + [4, 0, 1, 9]), address("192.0.2.7")),
        ("binary, IPv6", binary(0x21, 0x21, six), address("2001:db8::7")),
        ("binary, IPv4 in IPv6", binary(0x21, 0x21, mapped), address("192.0.2.7")),
        ("binary, the proxy itself", binary(0x20, 0x00, []), .header(nil)),
        ("binary, the proxy itself with an address", binary(0x20, 0x11, four), .header(nil)),
        ("binary, unspecified", binary(0x21, 0x00, [1, 2, 3]), .header(nil)),
        ("binary, a Unix socket", binary(0x21, 0x31, Array(repeating: 1, count: 216)), .header(nil)),
        (
            "binary, as long as is read", binary(0x21, 0x11, four + Array(repeating: 0, count: 4068)),
            address("192.0.2.7")
        ),
        ("no address that a client can have", binary(0x21, 0x11, Array(repeating: 0, count: 12)), .header(nil)),
    ]

    @Test(arguments: headers.indices)
    func `a header names the client, however it is split`(_ index: Int) {
        let (name, header, outcome) = Self.headers[index]
        let bytes = header + Self.request
        for pieces in ServerConversation.splits(of: bytes) {
            var machine = ProxyPreface()
            var last = Outcome.incomplete
            for piece in pieces { last = machine.receive(Array(piece).span) }
            #expect(last == outcome, "\(name)")
            #expect(Array(machine.rest) == Self.request, "\(name)")
        }
        var machine = ProxyPreface()
        let last = machine.receive(Array(header.dropLast()).span)
        #expect(last == .incomplete, "\(name)")
    }

    static let malformed: [(name: String, bytes: [UInt8])] =
        [
            "PROXY TCP4 192.0.2.7 192.0.2.1 4711 8080\n", "PROXY TCP4 192.0.2.7 192.0.2.1 4711 8080\r\r",
            "PROXY  TCP4 192.0.2.7 192.0.2.1 4711 8080\r\n", "PROXY TCP4 192.0.2.7 192.0.2.1 4711  8080\r\n",
            "PROXY TCP4 192.0.2.7 192.0.2.1 4711 8080 \r\n", "PROXY TCP4 192.0.2.7 192.0.2.1 4711\r\n",
            "PROXY TCP6 192.0.2.7 192.0.2.1 4711 8080\r\n", "PROXY TCP4 2001:db8::7 2001:db8::1 4711 8080\r\n",
            "PROXY TCP4 192.0.2.7 2001:db8::1 4711 8080\r\n", "PROXY TCP4 192.0.2.07 192.0.2.1 4711 8080\r\n",
            "PROXY TCP4 192.0.2.7 192.0.2.1 04711 8080\r\n", "PROXY TCP4 192.0.2.7 192.0.2.1 4711 65536\r\n",
            "PROXY TCP4 192.0.2.7 192.0.2.1 4711 -1\r\n", "PROXY TCP4 a.example 192.0.2.1 4711 8080\r\n",
            "PROXY tcp4 192.0.2.7 192.0.2.1 4711 8080\r\n", "PROXY UDP4 192.0.2.7 192.0.2.1 4711 8080\r\n",
            "PROXY \r\n", "PROXY / HTTP/1.1\r\n", "PROXY UNKNOWN" + String(repeating: "x", count: 93) + "\r\n",
            "PROXY UNKNOWN" + String(repeating: "x", count: 200),
        ].map { ($0, Array($0.utf8)) } + [
            ("another version", binary(0x11, 0x11, four)), ("another command", binary(0x22, 0x11, four)),
            ("too short for IPv4", binary(0x21, 0x11, Array(four.dropLast()))),
            ("too short for IPv6", binary(0x21, 0x21, four)), ("datagrams", binary(0x21, 0x12, four)),
            ("another family", binary(0x21, 0x41, four)), ("too long", binary(0x21, 0x11, four, count: 4081)),
        ]

    @Test(arguments: malformed.indices)
    func `a malformed header is refused, however it is split`(_ index: Int) {
        let (name, header) = Self.malformed[index]
        for pieces in ServerConversation.splits(of: header + Self.request) {
            var machine = ProxyPreface()
            var last = Outcome.incomplete
            for piece in pieces { last = machine.receive(Array(piece).span) }
            #expect(last == .malformed, "\(name)")
        }
    }

    static let absent = [
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", "POST / HTTP/1.1\r\n", "P",
        "PROXYX / HTTP/1.1\r\n", "PROXY\t", "proxy TCP4 192.0.2.7 192.0.2.1 4711 8080\r\n", "\r\n\r\nGET",
        "\u{16}\u{3}",
    ]

    @Test(arguments: absent) func `anything else is left as it is`(_ text: String) {
        let bytes = Array(text.utf8)
        for pieces in ServerConversation.splits(of: bytes) {
            var machine = ProxyPreface()
            var last = Outcome.incomplete
            for piece in pieces { last = machine.receive(Array(piece).span) }
            #expect(last == (text == "P" ? .incomplete : .absent))
            #expect(Array(machine.rest) == bytes)
        }
    }
}
