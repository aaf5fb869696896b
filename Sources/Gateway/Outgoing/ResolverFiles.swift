import DNS

/// The system's files for looking up names, read anew for each name.
public struct ResolverFiles {
    /// The part of a file that is read, in bytes; more than any of its parsers uses.
    public static let bytesMax = 256 * 1024

    /// Returns the content of a file, or its first `bytesMax` bytes if it is longer; nil if it cannot be read.
    public var read: (String) -> [UInt8]?
    /// The file that names the name servers (resolv.conf(5)).
    public var configurationPath = "/etc/resolv.conf"
    /// The file of addresses known without a name server (hosts(5)).
    public var hostsPath = "/etc/hosts"
    /// The port of name servers; resolv.conf(5) has no option for it.
    public var nameserverPort: UInt16 = 53

    /// Creates the usual paths, read by `read`.
    public init(read: @escaping (String) -> [UInt8]?) { self.read = read }

    var configuration: ResolverConfiguration { ResolverConfiguration(read(configurationPath) ?? []) }
    var hosts: HostsFile { HostsFile(read(hostsPath) ?? []) }
}
