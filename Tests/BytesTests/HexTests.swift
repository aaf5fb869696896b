import Bytes
import Testing

@Suite struct HexTests {
    @Test func `every byte is two digits and reads back`() {
        let bytes = Array(UInt8.min...UInt8.max)
        let text = Hex.encode(bytes)
        #expect(text.utf8.count == 512)
        #expect(text.hasPrefix("000102030405060708090a0b0c0d0e0f10"))
        #expect(text.hasSuffix("fdfeff"))
        #expect(Hex.decode(text.utf8) == bytes)
        #expect(Hex.decode(text.uppercased().utf8) == bytes)
        #expect(Hex.encode([]).isEmpty)
        #expect(Hex.decode([]) == [])
    }

    @Test func `anything but pairs of digits is refused`() {
        for text in ["0", "000", "0g", "g0", " 00", "00 ", "0x00", "é0", "０0", "-1", "+1"] {
            #expect(Hex.decode(text.utf8) == nil, "\(text)")
        }
    }

    @Test func `a 32-bit word is eight digits`() {
        for (word, text) in [(0, "00000000"), (1, "00000001"), (0xDEAD_BEEF, "deadbeef"), (.max, "ffffffff")]
            as [(UInt32, String)]
        {
            var bytes = Array(">".utf8)
            bytes.append(hex: word)
            #expect(String(decoding: bytes, as: UTF8.self) == ">" + text)
        }
    }
}
