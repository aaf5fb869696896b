import Bytes
import Gateway
import Platform

/// Where clients connect, and whether with TLS: `127.0.0.1:8080`, `https://[::]:8443`.
public struct ListenAddress: Hashable, Sendable {
    /// The TCP endpoint.
    public let endpoint: ListenEndpoint
    /// Whether its clients speak TLS.
    public let isSecure: Bool

    /// Creates an address.
    public init(_ endpoint: ListenEndpoint, isSecure: Bool = false) {
        self.endpoint = endpoint
        self.isSecure = isSecure
    }

    /// An address without TLS.
    public static func tcp(host: String, port: UInt16) -> ListenAddress {
        ListenAddress(.tcp(host: host, port: port))
    }

    /// Parses `HOST:PORT`, with `https://` before it for TLS or `http://` for none; nil if the text is anything else.
    public init?(text: String) {
        var rest = Substring(text)
        isSecure = rest.hasPrefix("https://")
        for scheme in ["https://", "http://"] where rest.hasPrefix(scheme) { rest = rest.dropFirst(scheme.count) }
        guard let endpoint = ListenEndpoint(text: String(rest)) else { return nil }
        self.endpoint = endpoint
    }

    /// `HOST:PORT`, after `https://` with TLS.
    public var text: String { (isSecure ? "https://" : "") + endpoint.text }

    /// Whether only this machine can connect.
    public var isLoopback: Bool { endpoint.isLoopback }
}

/// Listen endpoints as text: `127.0.0.1:8080`, `[::]:8080`, `localhost:0`.
extension ListenEndpoint {
    /// Parses the TCP endpoint `HOST:PORT`; nil if the text is anything else.
    ///
    /// The host is an IPv4 address in four decimal parts, an IPv6 address in brackets, or `localhost`. Other names are
    /// not looked up. The port is from 0 to 65535.
    public init?(text: String) {
        guard let colon = text.utf8.lastIndex(of: 0x3A),
            let port = Decimal.parse(text.utf8[text.utf8.index(after: colon)...]), let port = UInt16(exactly: port)
        else { return nil }
        let host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            let address = host.dropFirst().dropLast()
            guard IPAddress(text: address)?.isIPv6 == true else { return nil }
            self = .tcp(host: ASCII.lowercased(String(address)), port: port)
        } else {
            guard host == "localhost" || IPAddress(text: host)?.isIPv6 == false else { return nil }
            self = .tcp(host: String(host), port: port)
        }
    }

    /// The addresses to listen on: `localhost` is both loopback addresses, since some clients try only the first that
    /// the name stands for, and that is `::1` on many machines.
    public var addresses: [ListenEndpoint] {
        guard case .tcp("localhost", let port) = self else { return [self] }
        return [.tcp(host: "127.0.0.1", port: port), .tcp(host: "::1", port: port)]
    }

    /// `HOST:PORT` with brackets around an IPv6 address, or the path of a Unix socket.
    public var text: String {
        switch self {
        case .tcp(let host, let port): host.utf8.contains(0x3A) ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .unix(let path): path
        }
    }

    /// Whether only this machine can connect: 127.0.0.0/8, `::1`, `localhost`, or a Unix socket.
    public var isLoopback: Bool {
        switch self {
        case .tcp(let host, _): host == "localhost" || IPAddress(text: host)?.isLoopback == true
        case .unix: true
        }
    }
}
