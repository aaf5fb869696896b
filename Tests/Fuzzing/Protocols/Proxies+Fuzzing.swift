import Bytes
import HTTP

// The first byte chooses the pieces. The rest is what a proxy sends first, and what a client has written into a field
// to which a proxy adds an address.

extension FuzzMachine {
    /// What proxies say about the addresses of clients.
    static let proxies = FuzzMachine(
        "proxies", bytesMax: 512,
        words: [
            "PROXY ", "TCP4 ", "TCP6 ", "UNKNOWN", "\r\n", "for=", "\"", "\\", "[2001:db8::1]:4711", "192.0.2.7", ", ",
            ";by=", "_hidden", "unknown", "\u{D}\u{A}\u{D}\u{A}\u{0}\u{D}\u{A}QUIT\u{A}",
        ],
        seeds: {
            let texts = [
                "PROXY TCP4 192.0.2.7 192.0.2.1 4711 8080\r\nGET / HTTP/1.1\r\n", "PROXY UNKNOWN\r\n",
                "PROXY TCP6 2001:db8::7 2001:db8::1 4711 8080\r\n", "GET / HTTP/1.1\r\n", "10.0.0.1, [::1]:5, unknown",
                "for=\"[2001:db8::1]:4711\";proto=http;by=203.0.113.43, For=_hidden", "for=\"a\\\"b\",;,for=1.2.3.4:_x",
            ]
            let signature: [UInt8] = [0x0D, 0x0A, 0x0D, 0x0A, 0, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A]
            let tails: [[UInt8]] = [
                [0x21, 0x11, 0, 12, 192, 0, 2, 7, 192, 0, 2, 1, 0x12, 0x67, 0x1F, 0x90, 0x47], [0x20, 0, 0, 0],
                [0x21, 0x21, 0, 36] + Array(repeating: 1, count: 36),
            ]
            return texts.map { [0] + Array($0.utf8) } + tails.map { [1] + signature + $0 }
        },
        body: { bytes in
            var input = FuzzInput(bytes)
            let choice = input.byte()
            let wire = input.rest()
            var (whole, split) = (ProxyPreface(), ProxyPreface())
            let outcome = whole.receive(wire.span)
            var splitOutcome = ProxyPreface.Outcome.incomplete
            for piece in wire.pieces(choice) { splitOutcome = split.receive(Array(piece).span) }
            if wire.isEmpty { return }
            expect(outcome == splitOutcome, "the outcome does not depend on the pieces")
            expect(whole.rest == split.rest, "neither does what follows")
            expect(whole.bufferedBytes == wire.count, "everything is kept")
            if outcome == .absent { expect(Array(whole.rest) == wire, "what is no header is left as it is") }
            checkFields(wire)
        })

    /// Whatever a client has written, what the proxy adds is the last address, or nothing is believed.
    private static func checkFields(_ text: [UInt8]) {
        let text = String(decoding: text, as: UTF8.self)
        var fields = HTTPFields()
        fields.append("X-Forwarded-For", "\(text), 192.0.2.1")
        expect(fields.forwardedFor()?.first == IPAddress(text: "192.0.2.1"), "X-Forwarded-For ends with the proxy's")
        for (element, address) in [
            ("for=192.0.2.1", "192.0.2.1"), ("for=\"[2001:db8::1]:4711\";proto=https;host=\"a.b\"", "2001:db8::1"),
        ] {
            fields = HTTPFields()
            fields.append("Forwarded", "\(text), \(element)")
            let last = fields.forwarded()?.first
            expect(last == .some(nil) || last == IPAddress(text: address), "Forwarded ends with the proxy's")
        }
    }
}
