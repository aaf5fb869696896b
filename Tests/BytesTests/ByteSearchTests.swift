import Bytes
import Generators
import Testing

@Suite struct ByteSearchTests {
    @Test func `word steps find the same byte as a byte-by-byte search`() {
        var random = RepeatableGenerator.announced("ByteSearchTests")
        // Few values, so that hits are close together, and the ones where carries between bytes could mislead.
        let values: [UInt8] = [0x00, 0x01, 0x21, 0x22, 0x23, 0x5C, 0x7F, 0x80, 0x81, 0xA2, 0xFF]
        for _ in 0..<3000 {
            let bytes = (0..<Int.random(in: 0...40, using: &random)).map { _ in
                values.randomElement(using: &random) ?? 0
            }
            let byte = values.randomElement(using: &random) ?? 0
            let other = values.randomElement(using: &random) ?? 0
            let start = Int.random(in: 0...(bytes.count + 2), using: &random)
            let wanted = bytes.indices.first { $0 >= start && (bytes[$0] == byte || bytes[$0] == other) }
            let found = bytes.span.firstIndex(of: byte, or: other, from: start)
            #expect(found == wanted, "\(bytes) from \(start)")
            let single = bytes.indices.first { $0 >= start && bytes[$0] == byte }
            let foundSingle = bytes.span.firstIndex(of: byte, from: start)
            #expect(foundSingle == single, "\(bytes) from \(start)")
        }
    }

    @Test func `word steps find the same byte below a limit as a byte-by-byte search`() {
        var random = RepeatableGenerator()
        let limits: [UInt8] = [0, 1, 0x20, 0x7F, 0x80]
        for _ in 0..<3000 {
            let count = Int.random(in: 0...40, using: &random)
            // Values around the limits, where a borrow between bytes would show.
            let values: [UInt8] = [0, 1, 0x1F, 0x20, 0x21, 0x22, 0x5C, 0x7E, 0x7F, 0x80, 0x81, 0xFF]
            let bytes = (0..<count).map { _ in values.randomElement(using: &random) ?? 0 }
            let limit = limits.randomElement(using: &random) ?? 0
            let start = Int.random(in: 0...count, using: &random)
            let expected = bytes.indices.dropFirst(start).first {
                bytes[$0] == 0x22 || bytes[$0] == 0x5C || bytes[$0] < limit
            }
            #expect(
                bytes.span.firstIndex(of: 0x22, or: 0x5C, orBelow: limit, from: start) == expected,
                "seed \(random.seed): \(bytes) below \(limit) from \(start)")
        }
    }

    @Test func `a negative start counts as zero`() {
        let bytes: [UInt8] = [7, 8]
        let found = (bytes.span.firstIndex(of: 7, from: -5), bytes.span.firstIndex(of: 7, from: .max))
        #expect(found.0 == 0 && found.1 == nil)
    }
}
