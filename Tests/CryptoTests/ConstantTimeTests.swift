import Crypto
import Testing

@Suite struct ConstantTimeTests {
    @Test func `bytes are equal only if every bit is`() {
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

    @Test func `bytes of different lengths are not equal`() {
        #expect(!ConstantTime.equal([], [0]))
        #expect(!ConstantTime.equal([1, 2], [1]))
        #expect(!ConstantTime.equal([0], [0, 0]))
    }
}
