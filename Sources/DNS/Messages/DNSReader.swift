import Bytes

/// Reads numbers and names from a message, in order.
struct DNSReader: Sendable {
    /// The longest uncompressed name with its length bytes and the root's, in bytes (RFC 1035, section 2.3.4).
    private static let nameBytesMax = 255

    let bytes: [UInt8]
    private(set) var offset = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { offset == bytes.count }

    mutating func readUInt16() throws(DNSMessageFault) -> UInt16 {
        try read(2).reduce(0) { $0 << 8 | UInt16($1) }
    }

    mutating func readUInt32() throws(DNSMessageFault) -> UInt32 {
        try read(4).reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// The next `count` bytes.
    mutating func read(_ count: Int) throws(DNSMessageFault) -> ArraySlice<UInt8> {
        guard bytes.count - offset >= count else { throw .malformed("it breaks off") }
        offset += count
        return bytes[(offset - count)..<offset]
    }

    /// The next name, uncompressed and in lower case. O(length of the message) whatever the pointers say, because each
    /// must lead to a place before the part of the name that holds it.
    mutating func readName() throws(DNSMessageFault) -> [UInt8] {
        var name: [UInt8] = []
        var partStart = offset
        var place = offset
        var end: Int?
        while true {
            guard place < bytes.count else { throw .malformed("a name breaks off") }
            let length = bytes[place]
            place += 1
            switch length >> 6 {
            case 0:
                guard bytes.count - place >= Int(length) else { throw .malformed("a name breaks off") }
                guard name.count + 1 + Int(length) <= Self.nameBytesMax else { throw .malformed("a name is too long") }
                name.append(length)
                for byte in bytes[place..<(place + Int(length))] { name.append(byte.asciiLowercased) }
                place += Int(length)
                if length == 0 {
                    offset = end ?? place
                    return name
                }
            case 3:
                guard place < bytes.count else { throw .malformed("a name breaks off") }
                let target = Int(length & 0x3F) << 8 | Int(bytes[place])
                guard target >= DNSMessage.headerBytes, target < partStart else {
                    throw .malformed("a compressed name does not point back")
                }
                end = end ?? place + 1
                partStart = target
                place = target
            default: throw .malformed("a name has a label of an unknown type")
            }
        }
    }
}
