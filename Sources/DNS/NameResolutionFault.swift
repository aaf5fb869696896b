import Bytes

/// Why a name has no address, for the operator.
public enum NameResolutionFault: Error, Hashable, Sendable, CustomStringConvertible {
    case invalidName(String, DNSNameFault)
    /// None of the names that were asked for exists.
    case nonexistent(String, asked: [DNSName])
    /// The name exists, but has neither an IPv6 nor an IPv4 address.
    case noAddress(String, asked: [DNSName])
    /// No server was of use.
    case unanswered(String, [DNSServerTrouble], seconds: Int64)

    /// Whether the servers answered, and the answer is no.
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
        case .nonexistent(let name, let asked): "\(name) does not exist\(Self.names(asked, besides: name))"
        case .noAddress(let name, let asked): "\(name) has no address\(Self.names(asked, besides: name))"
        case .unanswered(let name, let troubles, let seconds):
            "\(name) could not be looked up: \(Self.words(troubles, seconds: seconds))"
        }
    }

    /// What was asked for, where that is not the name itself.
    private static func names(_ asked: [DNSName], besides name: String) -> String {
        asked.count > 1 ? " (asked for \(list(asked.map(\.text))))" : ""
    }

    /// The servers with the same trouble in one clause.
    private static func words(_ troubles: [DNSServerTrouble], seconds: Int64) -> String {
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
    public let server: IPAddress
    public let trouble: DNSTrouble

    fileprivate func isLike(_ other: DNSServerTrouble) -> Bool { trouble == other.trouble }
}
