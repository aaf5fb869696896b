import Testing

@testable import Crypto

@Suite struct MessagePaddingTests {
    @Test func `padding fills whole blocks and ends with the length`() {
        for count in 0..<64 {
            let rest = MessageLengths.message(count)
            let blocks = MessagePadding.end(of: rest.span, messageCount: UInt64(count))
            #expect(blocks.count == (count < 56 ? 64 : 128))
            #expect(Array(blocks[..<count]) == rest)
            #expect(blocks[count] == 0x80)
            #expect(blocks[(count + 1)..<(blocks.count - 2)].allSatisfy { $0 == 0 })
            #expect(Array(blocks.suffix(2)) == [UInt8((count * 8) >> 8), UInt8((count * 8) & 0xFF)])
        }
    }

    @Test func `the length is in bits, most significant byte first`() {
        let rest: [UInt8] = []
        let blocks = MessagePadding.end(of: rest.span, messageCount: 0x0123_4567_89AB_CDEF)
        #expect(Array(blocks.suffix(8)) == [0x09, 0x1A, 0x2B, 0x3C, 0x4D, 0x5E, 0x6F, 0x78])
    }
}
