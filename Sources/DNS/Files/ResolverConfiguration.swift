import Bytes

/// Which servers to ask and how, from `/etc/resolv.conf` as resolv.conf(5) describes it.
///
///     nameserver ADDRESS      up to three
///     search DOMAIN …         up to six; the last such line counts; `domain` is `search` with one domain
///     options …               ndots:N  timeout:SECONDS  attempts:N  rotate
///     # or ;                  begin a comment
///
/// Unknown, unreadable and surplus entries are skipped, and numbers are capped at their maximum. An address with a zone
/// (`fe80::1%eth0`) counts as unreadable. Without a search line there is no search list: the domain of this machine's
/// own name is not used.
public struct ResolverConfiguration: Hashable, Sendable {
    static let bytesMax = 64 * 1024
    static let nameserversMax = 3
    static let searchMax = 6
    static let dotsMinMax = 15
    static let timeoutSecondsMax = 30
    static let attemptsMax = 5

    /// One to three servers, in the order in which they are asked; this machine if the file names none.
    public private(set) var nameservers: [IPAddress] = []
    /// The domains that are appended to a name that is not absolute.
    public private(set) var search: [DNSName] = []
    /// `ndots`: a name with at least this number of dots is first tried as it is. 0 to 15.
    public private(set) var dotsMin = 1
    /// How long each query waits for its answer. 1 to 30.
    public private(set) var timeoutSeconds = 5
    /// How often each server is asked. 1 to 5.
    public private(set) var attempts = 2
    /// Whether a random server is asked first.
    public private(set) var isRotating = false

    /// Reads a configuration.
    ///
    /// - Parameter bytes: the file's content, empty if there is no file. Only its first 64 KiB are read.
    public init(_ bytes: [UInt8] = []) {
        ConfigurationLine.forEach(in: bytes, bytesMax: Self.bytesMax, comments: [0x23, 0x3B]) { words in
            apply(String(decoding: words[0], as: UTF8.self), words.dropFirst())
            return true
        }
        if nameservers.isEmpty { nameservers = [.loopbackIPv4] }
    }

    private mutating func apply(_ keyword: String, _ values: ArraySlice<ArraySlice<UInt8>>) {
        switch keyword {
        case "nameserver":
            guard let text = values.first, let address = IPAddress(ascii: text), !nameservers.contains(address),
                nameservers.count < Self.nameserversMax
            else { return }
            nameservers.append(address)
        case "search": setSearch(values)
        case "domain": setSearch(values.prefix(1))
        case "options":
            for value in values { setOption(value) }
        default: return
        }
    }

    private mutating func setSearch(_ domains: ArraySlice<ArraySlice<UInt8>>) {
        search = []
        for text in domains {
            guard let domain = try? DNSName(utf8: text), !search.contains(domain), search.count < Self.searchMax else {
                continue
            }
            search.append(domain)
        }
    }

    private mutating func setOption(_ option: ArraySlice<UInt8>) {
        let parts = option.split(separator: 0x3A, maxSplits: 1, omittingEmptySubsequences: false)
        let number = parts.count == 2 ? Decimal.parse(parts[1]).map { Int(clamping: $0) } : nil
        switch (String(decoding: parts[0], as: UTF8.self), number) {
        case ("rotate", _): isRotating = true
        case ("ndots", let number?): dotsMin = min(number, Self.dotsMinMax)
        case ("timeout", let number?): timeoutSeconds = min(max(number, 1), Self.timeoutSecondsMax)
        case ("attempts", let number?): attempts = min(max(number, 1), Self.attemptsMax)
        default: return
        }
    }
}
