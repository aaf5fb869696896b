import Bytes
import Testing

@Suite struct OutputSpanAppendTests {
    private func written(_ count: Int, _ write: (inout OutputSpan<UInt8>) -> Void) -> String {
        var bytes: [UInt8] = [0x3E]
        bytes.append(addingCapacity: count, initializingWith: write)
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test(arguments: [0, 1, 9, 10, 11, 99, 100, -1, -9, -10, 1_000_000, .max, .min] as [Int64])
    func `numbers are written as by the standard library`(_ value: Int64) {
        #expect(written(20) { $0.append(decimal: value) } == ">\(value)")
    }

    @Test func `numbers are padded with zeros to a width`() {
        #expect(written(2) { $0.append(decimal: 7, width: 2) } == ">07")
        #expect(written(4) { $0.append(decimal: 2026, width: 4) } == ">2026")
        #expect(written(20) { $0.append(decimal: .max, width: 20) } == ">\(UInt64.max)")
        #expect(written(3) { $0.append(decimal: 123, width: 2) } == ">123")
    }

    @Test func `literals and copies are appended in order`() {
        let source = Array("bcd".utf8)
        let text = written(6) { output in
            output.append(literal: "a")
            output.append(copying: source.span)
            output.append(copying: source.span.extracting(0..<0))
            output.append(literal: "ef")
        }
        #expect(text == ">abcdef")
    }
}
