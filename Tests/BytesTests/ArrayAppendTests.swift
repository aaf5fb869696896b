import Bytes
import Testing

@Suite struct ArrayAppendTests {
    private func text(_ append: (inout [UInt8]) -> Void) -> String {
        var bytes = Array(">".utf8)
        append(&bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test func `text is appended after existing bytes`() {
        #expect(text { $0.append(utf8: "") } == ">")
        #expect(text { $0.append(utf8: "é𝄞\0") } == ">é𝄞\0")
        #expect(text { $0.append(literal: "HTTP/1.1 é") } == ">HTTP/1.1 é")
        #expect(text { $0.append(literal: "") } == ">")
    }

    @Test func `integers of any type are written as by the standard library`() {
        for value in [0, 1, 9, 10, 11, 99, 100, 12345, .max, .min, -1, -9, -10] as [Int64] {
            #expect(text { $0.append(decimal: value) } == ">\(value)")
        }
        for value in [0, 10, .max, .max - 1, 1 << 63] as [UInt64] {
            #expect(text { $0.append(decimal: value) } == ">\(value)")
        }
        for value in Int8.min...Int8.max { #expect(text { $0.append(decimal: value) } == ">\(value)") }
        #expect(text { $0.append(decimal: UInt8.max) } == ">255")
        #expect(text { $0.append(decimal: Int.min) } == ">-9223372036854775808")
    }

    @Test func `numbers are padded with zeros to a width and never truncated`() {
        var powers: [UInt64] = [0, .max, .max - 1]
        var power: UInt64 = 1
        while true {
            powers += [power - 1, power, power + 1]
            let (next, overflow) = power.multipliedReportingOverflow(by: 10)
            if overflow { break }
            power = next
        }
        for value in powers {
            for width in 0...20 {
                let digits = String(value)
                let zeros = String(repeating: "0", count: max(0, width - digits.utf8.count))
                #expect(text { $0.append(decimal: value, width: width) } == ">" + zeros + digits)
            }
        }
    }

    @Test func `a copy of a span is appended`() {
        let source = [UInt8](0..<100)
        var bytes: [UInt8] = [255]
        bytes.append(source.span.extracting(10..<20))
        bytes.append(source.span.extracting(0..<0))
        #expect(bytes == [255] + Array(10..<20))
        var queue = ByteQueue()
        queue.append(7)
        queue.append(source.span)
        #expect(queue.copy() == [7] + source)
    }
}
