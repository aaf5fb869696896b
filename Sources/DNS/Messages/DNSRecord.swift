import Bytes

/// A record of a response that the resolver uses.
struct DNSRecord: Hashable, Sendable {
    enum Section {
        case answers
        /// Authorities and additional records, of which we use the OPT record only.
        case others
    }

    enum Content: Hashable, Sendable {
        case address(IPAddress)
        /// The owner's real name, uncompressed and in lower case.
        case alias([UInt8])
        /// The upper eight bits of the response code.
        case options(extendedCode: UInt16)
    }

    /// The owner, uncompressed and in lower case.
    let name: [UInt8]
    let timeToLiveSeconds: Int
    let content: Content

    /// Reads the next record, or skips it and returns nil if the resolver does not use it.
    init?(from reader: inout DNSReader, in section: Section) throws(DNSMessageFault) {
        let owner = try reader.readName()
        let type = try reader.readUInt16()
        let itsClass = try reader.readUInt16()
        let life = try reader.readUInt32()
        let length = Int(try reader.readUInt16())
        let start = reader.offset
        switch (section, type) {
        case (.answers, DNSMessage.RecordType.cname) where itsClass == DNSMessage.internetClass:
            content = .alias(try reader.readName())
            guard reader.offset - start == length else { throw .malformed("the length of a CNAME record is wrong") }
        case (.answers, DNSAddressType.ipv4.rawValue) where itsClass == DNSMessage.internetClass,
            (.answers, DNSAddressType.ipv6.rawValue) where itsClass == DNSMessage.internetClass:
            guard length == DNSAddressType(rawValue: type)?.addressBytes,
                let address = IPAddress(bytes: try reader.read(length))
            else { throw .malformed("the length of an address record is wrong") }
            content = .address(address)
        case (.others, DNSMessage.RecordType.opt):
            guard owner == [0] else { throw .malformed("the OPT record has a name") }
            _ = try reader.read(length)
            content = .options(extendedCode: UInt16(life >> 24))
        default:
            _ = try reader.read(length)
            return nil
        }
        name = owner
        // RFC 2181, section 8: a time to live with its highest bit set is zero.
        timeToLiveSeconds = life >> 31 == 1 ? 0 : min(Int(life), DNSMessage.timeToLiveSecondsMax)
    }
}
