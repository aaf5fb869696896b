import Bytes
import Testing

@Suite struct CRC32CTests {
    /// RFC 3720, appendix B.4 (which prints the least significant byte first), and the customary check value.
    @Test func `checksums match the published values`() {
        #expect(CRC32C.checksum([]) == 0)
        #expect(CRC32C.checksum(Array("123456789".utf8)) == 0xE306_9283)
        #expect(CRC32C.checksum([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
        #expect(CRC32C.checksum([UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
        #expect(CRC32C.checksum(Array(0..<32)) == 0x46DD_794E)
        #expect(CRC32C.checksum((0..<32).reversed()) == 0x113F_DB5C)
        let read: [UInt8] = [
            0x01, 0xC0, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x14, 0x00,
            0x00,
            0x00, 0x00, 0x00, 0x04, 0x00, 0x00, 0x00, 0x00, 0x14, 0x00, 0x00, 0x00, 0x18, 0x28, 0x00, 0x00, 0x00, 0x00,
            0x00,
            0x00, 0x00, 0x02, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
        ]
        #expect(CRC32C.checksum(read) == 0xD996_3A56)
    }

    /// Every length up to a dozen eight-byte steps, against the bit-by-bit definition.
    @Test func `checksums agree with the definition at every length`() {
        let bytes = (0..<100).map { UInt8(truncatingIfNeeded: $0 &* 167 &+ 13) }
        for count in 0...bytes.count {
            var crc = UInt32.max
            for byte in bytes[..<count] {
                crc ^= UInt32(byte)
                for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0x82F6_3B78 : crc >> 1 }
            }
            #expect(CRC32C.checksum(Array(bytes[..<count])) == ~crc)
            #expect(CRC32C.checksum(bytes.span.extracting(..<count)) == ~crc)
        }
    }

    @Test func `a changed bit changes the checksum`() {
        let bytes = Array("a record of the journal".utf8)
        let value = CRC32C.checksum(bytes)
        for place in bytes.indices {
            for bit in 0..<8 {
                var other = bytes
                other[place] ^= 1 << UInt8(bit)
                #expect(CRC32C.checksum(other) != value)
            }
        }
    }
}
