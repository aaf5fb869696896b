import Bytes
import Gateway
import Platform

/// Where the central server is and how a station shows itself there.
public struct UpstreamSettings: Hashable, Sendable {
    /// Nil where there is none. `upstream.url`.
    public var url: UpstreamURL?
    /// Over HTTP the bearer token, over NATS a token; empty where there is none. `upstream.token`.
    public var token = ""
    /// Over NATS. `upstream.user`, `upstream.password`.
    public var user = ""
    public var password = ""
    /// While there is nothing to send, the central server is asked this often whether all is well.
    /// `upstream.interval_seconds`.
    public var intervalSeconds = 60

    public init() {}

    /// What does not go together: the name of the setting to look at, and a sentence.
    var faults: [(name: String, message: String)] {
        var faults: [(String, String)] = []
        if url?.scheme == .http, token.isEmpty {
            let source = "what `stationd central add-station` printed"
            faults.append(("url", "upstream.token must be given with an http:// URL: \(source)"))
        }
        if url?.scheme == .http, !user.isEmpty {
            faults.append(("user", "upstream.user is for a nats:// URL: over http:// the token says who we are"))
        }
        if user.isEmpty != password.isEmpty {
            faults.append((user.isEmpty ? "password" : "user", "upstream.user and upstream.password go together"))
        }
        if !token.isEmpty, !user.isEmpty {
            faults.append(("user", "upstream.token and upstream.user are two ways to say the same: give one"))
        }
        return faults
    }
}

/// The place of a central server: `http://HOST[:PORT]` or `nats://HOST[:PORT]`.
public struct UpstreamURL: Hashable, Sendable {
    public enum Scheme: String, Hashable, Sendable {
        case http, nats

        /// The port where the URL names none: 80 (RFC 9110, section 4.2.1), 4222.
        var defaultPort: UInt16 {
            switch self {
            case .http: 80
            case .nats: 4222
            }
        }
    }

    public let scheme: Scheme
    /// A name or an IP address, an IPv6 address without brackets.
    public let host: String
    public let port: UInt16
    /// Host and port as the URL has them, which is what `Host` says.
    public let authority: String

    /// Nil for what is not such a URL, or has more: a user, a path, a query.
    public init?(_ text: String) {
        let parts = text.utf8.split(separator: 0x3A, maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let scheme = Scheme(rawValue: ASCII.lowercased(String(Substring(parts[0])))) else {
            return nil
        }
        var rest = Substring(parts[1])
        guard rest.hasPrefix("//") else { return nil }
        rest = rest.dropFirst(2)
        if rest.hasSuffix("/") { rest = rest.dropLast() }
        guard (1...270).contains(rest.utf8.count) else { return nil }
        self.scheme = scheme
        authority = String(rest)
        var name = rest
        var port: UInt16?
        // A colon behind the brackets of an IPv6 address, or the only one.
        if let colon = rest.utf8.lastIndex(of: 0x3A), !rest[colon...].utf8.contains(0x5D) {
            guard let number = Decimal.parse(rest.utf8[rest.utf8.index(after: colon)...]), number > 0,
                let exact = UInt16(exactly: number)
            else { return nil }
            port = exact
            name = rest[..<colon]
        }
        self.port = port ?? scheme.defaultPort
        if name.hasPrefix("["), name.hasSuffix("]") {
            guard ListenEndpoint(text: "\(name):1") != nil else { return nil }
            host = String(name.dropFirst().dropLast())
        } else {
            // Letters, digits, `-`, `_` and full stops: what names and IPv4 addresses are made of.
            let isName = name.utf8.allSatisfy { byte in
                byte.isASCIILetter || byte.isASCIIDigit || [0x2D, 0x2E, 0x5F].contains(byte)
            }
            guard isName, (1...253).contains(name.utf8.count) else { return nil }
            host = String(name)
        }
    }

    public var text: String { "\(scheme.rawValue)://\(authority)" }
}
