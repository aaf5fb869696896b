import Bytes

/// Why a name has no address, for the operator.
public enum NameResolutionFault: Error, Hashable, Sendable, CustomStringConvertible {
    /// The text is neither an address nor a host name.
    case invalidName(String, DNSNameFault)
    /// None of the names that were asked for exists.
    case nonexistent(String, asked: [DNSName])
    /// The name exists but has neither an IPv6 nor an IPv4 address.
    case noAddress(String, asked: [DNSName])
    /// No server gave an answer of use within `seconds`.
    case unanswered(String, [DNSServerTrouble], seconds: Int64)

    /// Whether the servers answered that there is no address. Other faults say nothing about the name.
    public var isAnswer: Bool {
        switch self {
        case .nonexistent, .noAddress: true
        case .invalidName, .unanswered: false
        }
    }

    /// One sentence without a full stop.
    public var description: String {
        switch self {
        case .invalidName(let name, let fault): "\"\(name)\" is not a host name: \(fault)"
        case .nonexistent(let name, let asked):
            "\(name) does not exist\(Self.names(asked, besides: name))\(Self.multicast(name, asked))"
        case .noAddress(let name, let asked):
            "\(name) has no address\(Self.names(asked, besides: name))\(Self.multicast(name, asked))"
        case .unanswered(let name, let troubles, let seconds):
            "\(name) could not be looked up: \(Self.clauses(troubles, seconds: seconds))\(Self.multicast(name))"
        }
    }

    /// What to do about a name that no name server knows because its machine would answer itself (RFC 6762, section 3).
    /// Name servers are asked all the same: some networks have such names there.
    private static func multicast(_ name: String, _ asked: [DNSName] = []) -> String {
        let isMulticast = ([name] + asked.map(\.text)).contains { text in
            let labels = text.utf8.split(separator: 0x2E)
            return labels.count > 1 && ASCII.equalIgnoringCase(String(Substring(labels[labels.count - 1])), "local")
        }
        guard isMulticast else { return "" }
        return "; names that end in .local need mDNS, which the station does not speak: use an address, a name that a "
            + "name server knows, or a line in /etc/hosts"
    }

    /// The names that were asked for, unless that is `name` alone.
    private static func names(_ asked: [DNSName], besides name: String) -> String {
        asked.count > 1 ? " (asked for \(list(asked.map(\.text))))" : ""
    }

    /// One clause for each kind of trouble, naming the servers that had it.
    private static func clauses(_ troubles: [DNSServerTrouble], seconds: Int64) -> String {
        var clauses: [String] = []
        for (index, first) in troubles.enumerated() where !troubles[..<index].contains(where: { $0.isLike(first) }) {
            let servers = troubles.filter { $0.isLike(first) }.map { "\($0.server)" }
            clauses.append(words(first.trouble, of: list(servers), seconds: seconds))
        }
        return clauses.joined(separator: "; ")
    }

    private static func words(_ trouble: DNSTrouble, of servers: String, seconds: Int64) -> String {
        switch trouble {
        case .silence: "no answer from \(servers) within \(seconds) s"
        case .unreachable: "\(servers) cannot be reached"
        case .serverFailure: "\(servers) answered SERVFAIL"
        case .refusal: "\(servers) answered REFUSED"
        case .code(let code): "\(servers) answered with code \(code)"
        case .referral: "\(servers) only referred to other servers"
        case .truncation: "the answer of \(servers) does not fit into a datagram"
        case .malformed(let words): "the answer of \(servers) cannot be read: \(words)"
        case .flood: "too many false answers came in the name of \(servers)"
        }
    }

    /// `a`, `a and b`, `a, b and c`.
    private static func list(_ words: [String]) -> String {
        guard let last = words.last, words.count > 1 else { return words.first ?? "" }
        return "\(words.dropLast().joined(separator: ", ")) and \(last)"
    }
}

/// What was wrong with one server.
public struct DNSServerTrouble: Hashable, Sendable {
    /// The server that was asked.
    public let server: IPAddress
    /// The last trouble with it.
    public let trouble: DNSTrouble

    fileprivate func isLike(_ other: DNSServerTrouble) -> Bool { trouble == other.trouble }
}

/// Why a server's answer was of no use.
public enum DNSTrouble: Hashable, Sendable {
    /// It did not answer in time.
    case silence
    /// The system could not send to it, or nothing listens there.
    case unreachable
    /// It answered SERVFAIL.
    case serverFailure
    /// It answered REFUSED.
    case refusal
    /// It answered with another RCODE (RFC 1035, section 4.1.1; RFC 6895, section 2.3).
    case code(UInt16)
    /// It neither knows the name nor asks others.
    case referral
    /// Its answer does not fit into a datagram, and the part that came held no address.
    case truncation
    /// Its answer cannot be read. The words say why.
    case malformed(String)
    /// Too many false answers came in its name, as if somebody were guessing the query's id.
    case flood
}
