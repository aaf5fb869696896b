import Bytes
import Generators
import Testing

@Suite struct ByteQueueTests {
    @Test func `bytes leave in the order they were appended`() {
        var queue = ByteQueue()
        for round in 0..<1000 { queue.append([UInt8](repeating: UInt8(round % 256), count: 13)) }
        for round in 0..<1000 {
            #expect(queue.copy(0..<13) == [UInt8](repeating: UInt8(round % 256), count: 13))
            queue.removeFirst(13)
        }
        #expect(queue.isEmpty)
    }

    @Test func `every kind of append adds at the end`() {
        var queue = ByteQueue()
        queue.append([1, 2] as [UInt8])
        queue.append(3)
        queue.append([0, 4, 5, 0][1...2])
        queue.append { $0.append(decimal: 67) }
        queue.append([] as [UInt8])
        #expect(queue.copy() == [1, 2, 3, 4, 5, 0x36, 0x37])
        #expect(queue.count == 7)
        #expect(queue[0] == 1 && queue[6] == 0x37)
    }

    @Test func `an appended array is not changed through the queue`() {
        let bytes: [UInt8] = [1, 2, 3]
        var queue = ByteQueue()
        queue.append(bytes)
        queue.append(4)
        queue.removeFirst(1)
        #expect(bytes == [1, 2, 3])
        #expect(queue.copy() == [2, 3, 4])
    }

    @Test func `a search starts after the removed bytes`() {
        var queue = ByteQueue()
        queue.append(Array("abcabc".utf8))
        queue.removeFirst(1)
        #expect(queue.firstIndex(of: 0x61) == 2)
        #expect(queue.firstIndex(of: 0x62) == 0)
        #expect(queue.firstIndex(of: 0x62, from: 1) == 3)
        #expect(queue.firstIndex(of: 0x62, from: 3) == 3)
        #expect(queue.firstIndex(of: 0x62, from: 4) == nil)
        #expect(queue.firstIndex(of: 0x62, from: 5) == nil)
        #expect(queue.firstIndex(of: 0x7A) == nil)
        #expect(ByteQueue().firstIndex(of: 0) == nil)
    }

    @Test func `every way to empty the queue empties it`() {
        var queue = ByteQueue()
        for empty in [{ $0.removeAll() }, { $0.release() }, { $0.removeFirst(2) }] as [(inout ByteQueue) -> Void] {
            queue.append([9, 1, 2] as [UInt8])
            queue.removeFirst(1)
            empty(&queue)
            #expect(queue.isEmpty && queue.copy().isEmpty && queue.count == 0)
            queue.removeFirst(0)
            queue.append(5)
            #expect(queue.copy() == [5])
            queue.removeAll()
        }
    }

    @Test func `a span shows the waiting bytes, and the closure's error is passed on`() throws {
        struct Refused: Error {}
        var queue = ByteQueue()
        queue.append([1, 2, 3] as [UInt8])
        queue.removeFirst(1)
        let (count, first) = queue.withSpan { ($0.count, $0[0]) }
        #expect(count == 2 && first == 2)
        #expect(throws: Refused.self) { try queue.withSpan { (_) throws(Refused) -> Void in throw Refused() } }
        queue.removeAll()
        #expect(queue.withSpan { $0.count } == 0)
    }

    /// The sizes are large enough to make the queue compact its storage and free it.
    @Test func `a queue behaves like a plain array`() {
        var random = RepeatableGenerator.announced("ByteQueueTests")
        var queue = ByteQueue()
        var model: [UInt8] = []
        for round in 0..<3000 {
            let bytes = (0..<Int.random(in: 0...(round.isMultiple(of: 50) ? 30_000 : 600), using: &random)).map {
                UInt8(truncatingIfNeeded: $0 &+ round)
            }
            if Bool.random(using: &random) {
                queue.append(bytes)
                model += bytes
            } else {
                let count = Int.random(in: 0...min(model.count, 4 * bytes.count), using: &random)
                queue.removeFirst(count)
                model.removeFirst(count)
            }
            #expect(queue.count == model.count)
            #expect(queue.isEmpty == model.isEmpty)
            let place = model.isEmpty ? 0 : Int.random(in: 0..<model.count, using: &random)
            #expect(queue.firstIndex(of: 7, from: place) == model[place...].firstIndex(of: 7))
            if round.isMultiple(of: 20) {
                #expect(queue.copy() == model)
                #expect(queue.copy(place..<model.count) == Array(model[place...]))
            }
        }
    }

    @Test func `removing more bytes than are waiting traps`() async {
        await #expect(processExitsWith: .failure) {
            var queue = ByteQueue()
            queue.append(1)
            queue.removeFirst(2)
        }
    }
}
