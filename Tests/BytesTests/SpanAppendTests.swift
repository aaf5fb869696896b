import Bytes
import Testing

@Suite struct SpanAppendTests {
    @Test func `appends a copy of the span`() {
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
