import Testing
import WebSocket

@Suite struct WebSocketMaskingTests {
    /// RFC 6455, section 5.3: payload octet i is masked with key octet i MOD 4.
    func octetByOctet(_ key: UInt32, _ bytes: [UInt8], from start: Int) -> [UInt8] {
        var bytes = bytes
        for index in start..<bytes.count {
            bytes[index] ^= UInt8(truncatingIfNeeded: key >> UInt32((index - start) % 4 * 8))
        }
        return bytes
    }

    @Test func `masking follows the rule at every length and start`() {
        let key: UInt32 = 0x8F1E_2D3C
        for length in 0...70 {
            let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 * 7) }
            for start in 0...min(length, 9) {
                var masked = bytes
                WebSocketMasking.apply(key, to: &masked, from: start)
                #expect(masked == octetByOctet(key, bytes, from: start))
                WebSocketMasking.apply(key, to: &masked, from: start)
                #expect(masked == bytes)
            }
        }
    }

    @Test func `masking continues across pieces`() {
        let key: UInt32 = 0x8F1E_2D3C
        let bytes = [UInt8](repeating: 0x55, count: 50)
        for cut in 0...50 {
            var first = Array(bytes[..<cut])
            var second = Array(bytes[cut...])
            WebSocketMasking.apply(key, to: &first)
            WebSocketMasking.apply(WebSocketMasking.advance(key, by: cut), to: &second)
            #expect(first + second == octetByOctet(key, bytes, from: 0))
        }
    }
}
