import Bytes
import Gateway
import Platform

/// The address of the central server, and how the station presents itself there.
public struct UpstreamSettings: Hashable, Sendable {
    /// The servers that lead to the central server, the first to be tried first; empty for none. All have one scheme.
    /// `upstream.url`.
    public var urls: [UpstreamURL] = []
    /// The bearer token for HTTP, or a token for NATS; empty for none. `upstream.token`.
    public var token = ""
    /// The user name for NATS; empty for none. `upstream.user`.
    public var user = ""
    /// The password for NATS; empty for none. `upstream.password`.
    public var password = ""
    /// The file with a JWT and an NKEY seed, or a seed alone, for NATS; empty for none.
    /// `Configuration.upstreamCredentialsPath` resolves it. `upstream.credentials_file`.
    public var credentialsFile = ""
    /// The JetStream domain of the stream; empty for that of the NATS server. `upstream.domain`.
    public var domain = ""
    /// The PEM file with the authorities that may issue the central server's certificate; empty for the system's.
    /// `upstream.ca_file`.
    public var authoritiesFile = ""
    /// The fingerprint of the central server's certificate or key, instead of an issuer; empty for none.
    /// `upstream.fingerprint`.
    public var fingerprint = ""
    /// The PEM file with the station's certificate for the central server; empty for none.
    /// `upstream.certificate_file`.
    public var certificateFile = ""
    /// The PEM file with its private key; empty if that is in the same file. `upstream.key_file`.
    public var keyFile = ""
    /// The keys that tell the central server's commands from others; empty if it may give none.
    /// `upstream.command_key`.
    public var commandKeys: [CommandKey] = []
    /// Whether a command may make somebody an admin of the station, or change one. `upstream.may_make_admins`.
    public var mayMakeAdmins = false
    /// The interval in seconds at which a station with nothing to send asks the central server whether all is well.
    /// `upstream.interval_seconds`.
    public var intervalSeconds = 60

    /// The largest number of `urls`.
    public static let urlsMax = 16
    /// The largest number of `commandKeys`: one, and the one that replaces it.
    public static let commandKeysMax = 4

    /// Creates settings without a central server.
    public init() {}

    /// The combinations that make no sense: the setting to look at, and a sentence.
    var faults: [(name: String, message: String)] {
        var faults: [(String, String)] = []
        let isHTTP = urls.first?.scheme.isHTTP == true
        if isHTTP, token.isEmpty {
            let source = "what `stationd central add-station` printed"
            faults.append(("url", "upstream.token must be given with an http:// or https:// URL: \(source)"))
        }
        let forNATS = [("user", user), ("credentials_file", credentialsFile), ("domain", domain)]
        for (name, value) in forNATS where isHTTP && !value.isEmpty {
            faults.append(
                (name, "upstream.\(name) is for a nats:// or tls:// URL: over HTTP the token identifies the station"))
        }
        let forTLS = [
            ("ca_file", authoritiesFile), ("fingerprint", fingerprint), ("certificate_file", certificateFile),
            ("key_file", keyFile),
        ]
        let isPlain = urls.first?.scheme.isSecure == false
        for (name, value) in forTLS where isPlain && !value.isEmpty {
            faults.append((name, "upstream.\(name) is for an https:// or tls:// URL: the others are not encrypted"))
        }
        if !authoritiesFile.isEmpty, !fingerprint.isEmpty {
            faults.append(
                (
                    "fingerprint",
                    "upstream.ca_file and upstream.fingerprint serve the same purpose: give only one of them"
                ))
        }
        if certificateFile.isEmpty, !keyFile.isEmpty {
            faults.append(("key_file", "upstream.key_file needs upstream.certificate_file"))
        }
        if user.isEmpty != password.isEmpty {
            faults.append((user.isEmpty ? "password" : "user", "upstream.user and upstream.password go together"))
        }
        if !token.isEmpty, !user.isEmpty {
            faults.append(("user", "upstream.token and upstream.user serve the same purpose: give only one of them"))
        }
        if !credentialsFile.isEmpty, !token.isEmpty || !user.isEmpty {
            let other = token.isEmpty ? "user" : "token"
            faults.append(
                (
                    "credentials_file",
                    "upstream.credentials_file and upstream.\(other) serve the same purpose: give only one of them"
                ))
        }
        return faults
    }
}

/// The URL of a central server: `http://HOST[:PORT]` or `nats://HOST[:PORT]`, or with TLS `https://…` or `tls://…`.
public struct UpstreamURL: Hashable, Sendable {
    /// The protocol that the central server speaks.
    public enum Scheme: String, Hashable, Sendable {
        case http, https, nats, tls

        /// The port of a URL that names none: 80 or 443 (RFC 9110, section 4.2), or 4222.
        var defaultPort: UInt16 {
            switch self {
            case .http: 80
            case .https: 443
            case .nats, .tls: 4222
            }
        }

        /// Whether it is HTTP, with or without TLS; otherwise it is NATS.
        var isHTTP: Bool { self == .http || self == .https }

        /// Whether it is encrypted.
        var isSecure: Bool { self == .https || self == .tls }
    }

    /// The protocol.
    public let scheme: Scheme
    /// A name or an IP address; an IPv6 address is without brackets.
    public let host: String
    /// The port, from 1 to 65535.
    public let port: UInt16
    /// Host and port as in the URL, which is the value of the `Host` field.
    public let authority: String

    /// Parses a URL; nil if it has another scheme or more parts than these: a user, a path or a query.
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
        // The last colon, unless it is within the brackets of an IPv6 address.
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
            // Names and IPv4 addresses consist of letters, digits, `-`, `_` and full stops.
            let isName = name.utf8.allSatisfy { byte in
                byte.isASCIILetter || byte.isASCIIDigit || [0x2D, 0x2E, 0x5F].contains(byte)
            }
            guard isName, (1...253).contains(name.utf8.count) else { return nil }
            host = String(name)
        }
    }

    /// Whether both lead to the same host and port.
    func isSamePlace(as other: UpstreamURL) -> Bool { host == other.host && port == other.port }

    /// The URL as text.
    public var text: String { "\(scheme.rawValue)://\(authority)" }
}
