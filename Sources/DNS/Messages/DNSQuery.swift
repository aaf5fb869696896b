/// A question for a name's addresses of one family.
struct DNSQuery: Hashable, Sendable {
    let id: UInt16
    let name: DNSName
    let type: DNSAddressType
    /// Whether an OPT record announces that we accept more than 512 bytes (RFC 6891). Some servers do not know the
    /// record and some firewalls drop it, so a query can go without.
    let hasOPT: Bool

    /// The message, of at most 282 bytes.
    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        func append(_ number: UInt16) {
            bytes.append(UInt8(truncatingIfNeeded: number >> 8))
            bytes.append(UInt8(truncatingIfNeeded: number))
        }
        append(id)
        append(DNSMessage.Flag.recursionDesired)
        append(1)
        append(0)
        append(0)
        append(hasOPT ? 1 : 0)
        bytes += name.wire
        append(type.rawValue)
        append(DNSMessage.internetClass)
        if hasOPT {
            bytes.append(0)
            append(DNSMessage.RecordType.opt)
            append(UInt16(DNSMessage.bytesMax))
            // Extended RCODE, version and flags are zero, and there are no options.
            append(0)
            append(0)
            append(0)
        }
        return bytes
    }
}
