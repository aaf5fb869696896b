import Bytes

/// Whom to ask and how, from `/etc/resolv.conf` as resolv.conf(5) describes it.
///
///     nameserver ADDRESS      up to three
///     search DOMAIN …         up to six; the last such line counts; `domain` is `search` with one
///     options …               ndots:N  timeout:SECONDS  attempts:N  rotate
///     # or ;                  begin a comment
///
/// What is unknown, cannot be read or is one too many is passed over, and numbers over their maximum are cut to it. An
/// address with a zone (`fe80::1%eth0`) is one that cannot be read. Without a search line there is no search: the
/// domain of this machine's name is not taken for one.
public struct ResolverConfiguration: Hashable, Sendable {
    static let bytesMax = 64 * 1024
    static let nameserversMax = 3
    static let searchMax = 6
    static let dotsMinMax = 15
    static let timeoutSecondsMax = 30
    static let attemptsMax = 5

    /// One to three, in the order in which they are asked; this machine where the file names none.
    public private(set) var nameservers: [IPAddress] = []
    /// What is appended to a name that is not absolute.
    public private(set) var search: [DNSName] = []
    /// `ndots`: a name with so many dots is first asked for as it is.
    public private(set) var dotsMin = 1
    /// How long an answer is waited for, each time.
    public private(set) var timeoutSeconds = 5
    /// How often each server is asked.
    public private(set) var attempts = 2
    /// Whether any server may be the first one.
    public private(set) var isRotating = false

    /// - Parameter bytes: the file's content; nothing where there is no file. What follows its first 64 KiB is not
    ///   read.
    public init(_ bytes: [UInt8] = []) {
        ConfigurationLine.forEach(in: bytes, bytesMax: Self.bytesMax, comments: [0x23, 0x3B]) { words in
            take(String(decoding: words[0], as: UTF8.self), words.dropFirst())
            return true
        }
        if nameservers.isEmpty { nameservers = [.loopbackIPv4] }
    }

    private mutating func take(_ keyword: String, _ values: ArraySlice<ArraySlice<UInt8>>) {
        switch keyword {
        case "nameserver":
            guard let text = values.first, let address = IPAddress(ascii: text), !nameservers.contains(address),
                nameservers.count < Self.nameserversMax
            else { return }
            nameservers.append(address)
        case "search": takeSearch(values)
        case "domain": takeSearch(values.prefix(1))
        case "options":
            for value in values { takeOption(value) }
        default: return
        }
    }

    private mutating func takeSearch(_ domains: ArraySlice<ArraySlice<UInt8>>) {
        search = []
        for text in domains {
            guard let domain = try? DNSName(utf8: text), !search.contains(domain), search.count < Self.searchMax else {
                continue
            }
            search.append(domain)
        }
    }

    private mutating func takeOption(_ option: ArraySlice<UInt8>) {
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
