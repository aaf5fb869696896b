import DNS

/// The system's files for looking up names, read anew for each name that is asked for.
public struct ResolverFiles {
    /// So much of a file is used: more than any of its readers takes.
    public static let bytesMax = 256 * 1024

    /// The content of a file, its first `bytesMax` bytes where it is longer; nil where it cannot be read.
    public var read: (String) -> [UInt8]?
    public var configurationPath = "/etc/resolv.conf"
    public var hostsPath = "/etc/hosts"
    /// Where name servers listen; resolv.conf(5) has no word for it.
    public var nameserverPort: UInt16 = 53

    public init(read: @escaping (String) -> [UInt8]?) { self.read = read }

    var configuration: ResolverConfiguration { ResolverConfiguration(read(configurationPath) ?? []) }
    var hosts: HostsFile { HostsFile(read(hostsPath) ?? []) }
}
