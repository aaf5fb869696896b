import Bytes
import Testing

@Suite struct ByteQueueTests {
    @Test func takesFromTheFrontInTheOrderOfAppending() {
        var queue = ByteQueue()
        for round in 0..<1000 { queue.append([UInt8](repeating: UInt8(round % 256), count: 13)) }
        for round in 0..<1000 {
            #expect(queue.copy(0..<13) == [UInt8](repeating: UInt8(round % 256), count: 13))
            queue.removeFirst(13)
        }
        #expect(queue.isEmpty)
    }
}
