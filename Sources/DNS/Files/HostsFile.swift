import Bytes

/// The content of `/etc/hosts`, as hosts(5) describes it: lines of an address and its names.
///
///     192.0.2.1   central.example.com central     # a comment
///
/// Lines that cannot be read are skipped, and so is everything after the first 256 KiB. The bytes are kept as they are
/// and searched in O(bytes), because only one or two names are ever looked up.
public struct HostsFile: Sendable {
    static let bytesMax = 256 * 1024
    /// The largest number of addresses that a name can have here.
    static let addressesMax = 16

    private let bytes: [UInt8]

    /// Creates a hosts file from its content, which is empty if there is no file.
    public init(_ bytes: [UInt8] = []) { self.bytes = bytes }

    /// The addresses of `name` in the order of their lines. Case and a final dot do not count.
    func addresses(of name: String) -> [IPAddress] {
        let wanted = Self.key(Array(name.utf8)[...])
        var addresses: [IPAddress] = []
        guard !wanted.isEmpty else { return [] }
        ConfigurationLine.forEach(in: bytes, bytesMax: Self.bytesMax, comments: [0x23]) { words in
            guard words.dropFirst().contains(where: { Self.matches(wanted, $0) }),
                let address = IPAddress(ascii: words[0]), address.isUnicast
            else { return true }
            if !addresses.contains(address) { addresses.append(address) }
            return addresses.count < Self.addressesMax
        }
        return addresses
    }

    private static func key(_ name: ArraySlice<UInt8>) -> [UInt8] {
        (name.last == 0x2E ? name.dropLast() : name).map(\.asciiLowercased)
    }

    private static func matches(_ wanted: [UInt8], _ name: ArraySlice<UInt8>) -> Bool {
        let count = name.last == 0x2E ? name.count - 1 : name.count
        return count == wanted.count && zip(wanted, name).allSatisfy { $0 == $1.asciiLowercased }
    }
}
