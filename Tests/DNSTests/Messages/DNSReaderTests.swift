import Testing

@testable import DNS

@Suite struct DNSReaderTests {
    /// The name that begins at `offset`, and where the reader is after it.
    private func name(_ bytes: [UInt8], at offset: Int) throws -> (name: [UInt8], end: Int) {
        var reader = DNSReader(bytes)
        _ = try reader.read(offset)
        return (try reader.readName(), reader.offset)
    }

    private static let header = [UInt8](repeating: 0, count: 12)

    @Test func `names are read in lower case`() throws {
        let plain = try name(Self.header + [1, 0x41, 2, 0x5A, 0x7B, 0, 9], at: 12)
        #expect(plain.name == [1, 0x61, 2, 0x7A, 0x7B, 0] && plain.end == 18)
        #expect(try name(Self.header + [0], at: 12) == ([0], 13))
    }

    @Test func `pointers are followed backwards`() throws {
        let bytes = Self.header + [1, 0x61, 0, 1, 0x62, 0xC0, 12, 1, 0x63, 0xC0, 15, 0xC0, 19, 9]
        #expect(try name(bytes, at: 15) == ([1, 0x62, 1, 0x61, 0], 19))
        #expect(try name(bytes, at: 19) == ([1, 0x63, 1, 0x62, 1, 0x61, 0], 23))
        #expect(try name(bytes, at: 23) == ([1, 0x63, 1, 0x62, 1, 0x61, 0], 25))
    }

    @Test func `malformed names are refused`() {
        let table: [(String, [UInt8], at: Int)] = [
            ("points to itself", [0xC0, 12], 12),
            ("points to its own first label", [1, 0x61, 0xC0, 12], 12),
            ("points forward", [0xC0, 14, 0], 12),
            ("two that point to each other", [0xC0, 14, 0xC0, 12], 14),
            ("points into the header", [0, 0xC0, 11], 13),
            ("points past the end", [0, 0xC0, 200], 13),
            ("points back to a label that runs into the pointer", [1, 0x61, 1, 0x62, 0xC0, 12], 14),
            ("a pointer cut short", [0, 0xC0], 13),
            ("a label cut short", [3, 0x61, 0x62], 12),
            ("no end", [1, 0x61], 12),
            ("nothing", [], 12),
            ("label type 01", [0x41, 0x61, 0], 12),
            ("label type 10", [0x81, 0x61, 0], 12),
        ]
        for (what, bytes, offset) in table {
            #expect(throws: DNSMessageFault.self, "\(what)") { try name(Self.header + bytes, at: offset) }
        }
    }

    @Test func `a name has at most 255 bytes`() throws {
        let label = [63] + [UInt8](repeating: 0x61, count: 63)
        let longest = label + label + label + [61] + [UInt8](repeating: 0x61, count: 61) + [0]
        #expect(try name(Self.header + longest, at: 12).name.count == 255)
        let tooLong = label + label + label + [62] + [UInt8](repeating: 0x61, count: 62) + [0]
        #expect(throws: DNSMessageFault.malformed("a name is too long")) {
            try name(Self.header + tooLong, at: 12)
        }
        #expect(throws: DNSMessageFault.malformed("a name is too long")) {
            try name(Self.header + longest + [1, 0x62, 0xC0, 12], at: 12 + 255)
        }
    }

    @Test func `a long chain of pointers ends`() throws {
        var bytes = Self.header + [1, 0x61, 0]
        var last = 12
        while bytes.count < 1230 {
            let place = bytes.count
            bytes += [0xC0 | UInt8(last >> 8), UInt8(last & 0xFF)]
            last = place
        }
        #expect(try name(bytes, at: last).name == [1, 0x61, 0])
    }
}
