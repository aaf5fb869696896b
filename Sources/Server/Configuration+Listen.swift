import Bytes

/// Listen endpoints as text: `127.0.0.1:8080`, `[::]:8080`, `localhost:0`.
extension ListenEndpoint {
    /// A TCP endpoint from `HOST:PORT`: an IPv4 address in four decimal parts, an IPv6 address in brackets, or
    /// `localhost`, and a port from 0 to 65535. Names are not looked up. Nil for anything else.
    public init?(text: String) {
        guard let colon = text.utf8.lastIndex(of: 0x3A),
            let port = Decimal.parse(text.utf8[text.utf8.index(after: colon)...]), let port = UInt16(exactly: port)
        else { return nil }
        let host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            let address = host.dropFirst().dropLast()
            guard Self.isIPv6(address.utf8) else { return nil }
            self = .tcp(host: ASCII.lowercased(String(address)), port: port)
        } else {
            guard host == "localhost" || Self.isIPv4(host.utf8) else { return nil }
            self = .tcp(host: String(host), port: port)
        }
    }

    /// `HOST:PORT` with brackets around an IPv6 address, or the path of a Unix socket.
    public var text: String {
        switch self {
        case .tcp(let host, let port): host.utf8.contains(0x3A) ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .unix(let path): path
        }
    }

    /// Whether only this machine can connect: 127.0.0.0/8, `::1`, `localhost`, a Unix socket.
    public var isLoopback: Bool {
        switch self {
        case .tcp(let host, _):
            host == "localhost" || host == "::1" || (host.hasPrefix("127.") && Self.isIPv4(host.utf8))
        case .unix: true
        }
    }

    /// Four decimal parts of 0 to 255 without needless zeros, which some readers take for octal.
    private static func isIPv4(_ text: some Collection<UInt8>) -> Bool {
        let parts = text.split(separator: 0x2E, omittingEmptySubsequences: false)
        return parts.count == 4
            && parts.allSatisfy { part in
                guard let value = Decimal.parse(part) else { return false }
                return value <= 255 && part.count <= 3 && (part.count == 1 || part.first != 0x30)
            }
    }

    /// RFC 4291, 2.2: eight groups of up to four hexadecimal digits; `::` once for one or more groups of zero; the last
    /// two groups may be an IPv4 address.
    private static func isIPv6(_ text: some Collection<UInt8>) -> Bool {
        let bytes = Array(text)
        guard bytes.count <= 45 else { return false }
        var halves: [ArraySlice<UInt8>] = [bytes[...]]
        if let gap = bytes.indices.dropLast().first(where: { bytes[$0] == 0x3A && bytes[$0 + 1] == 0x3A }) {
            halves = [bytes[..<gap], bytes[(gap + 2)...]]
        }
        var groups = 0
        for (index, half) in halves.enumerated() where !half.isEmpty {
            let parts = half.split(separator: 0x3A, omittingEmptySubsequences: false)
            for (position, part) in parts.enumerated() {
                if index == halves.count - 1, position == parts.count - 1, part.contains(0x2E) {
                    guard isIPv4(part) else { return false }
                    groups += 2
                } else {
                    guard (1...4).contains(part.count), part.allSatisfy({ $0.hexDigitValue != nil }) else {
                        return false
                    }
                    groups += 1
                }
            }
        }
        return halves.count == 1 ? groups == 8 : groups <= 7
    }
}
