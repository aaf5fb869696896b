/// The Castagnoli cyclic redundancy check (RFC 3720, appendix B.4): reflected polynomial 0x82F63B78, initial value and
/// final complement all ones. It works eight bytes per step, from eight tables (8 KiB, built at first use).
public enum CRC32C {
    private static let tables: [UInt32] = makeTables()

    /// The check value of `bytes`. O(n).
    public static func checksum(_ bytes: Span<UInt8>) -> UInt32 {
        let tables = Self.tables.span
        var crc: UInt32 = ~0
        var index = 0
        while bytes.count - index >= 8 {
            let word = bytes.word(at: index) ^ UInt64(crc)
            crc = 0
            for place in 0..<8 {
                let byte = Int(truncatingIfNeeded: word >> UInt64(8 * place) & 0xFF)
                // Sound: the index is a table's number (0–7) times 256, plus a byte.
                crc ^= unsafe tables[unchecked: 256 * (7 - place) + byte]
            }
            index += 8
        }
        while index < bytes.count {
            crc = crc >> 8 ^ tables[Int((crc ^ UInt32(bytes[index])) & 0xFF)]
            index += 1
        }
        return ~crc
    }

    /// The check value of an array.
    public static func checksum(_ bytes: [UInt8]) -> UInt32 { checksum(bytes.span) }

    private static func makeTables() -> [UInt32] {
        var tables = [UInt32](repeating: 0, count: 2048)
        for byte in 0..<256 {
            var crc = UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0x82F6_3B78 : crc >> 1 }
            tables[byte] = crc
        }
        for index in 256..<2048 {
            let previous = tables[index - 256]
            tables[index] = previous >> 8 ^ tables[Int(previous & 0xFF)]
        }
        return tables
    }
}
