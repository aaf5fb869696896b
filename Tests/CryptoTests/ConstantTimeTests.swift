import Crypto
import Testing

@Suite struct ConstantTimeTests {
    @Test func `equal means every byte`() {
        let bytes = [UInt8](0..<32)
        #expect(ConstantTime.equal(bytes, bytes))
        #expect(ConstantTime.equal([], []))
        for place in bytes.indices {
            for bit in 0..<8 {
                var other = bytes
                other[place] ^= 1 << UInt8(bit)
                #expect(!ConstantTime.equal(bytes, other))
            }
        }
    }

    @Test func `other lengths are not equal`() {
        #expect(!ConstantTime.equal([], [0]))
        #expect(!ConstantTime.equal([1, 2], [1]))
        #expect(!ConstantTime.equal([0], [0, 0]))
    }
}
