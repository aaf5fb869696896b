import Testing

@testable import Store

@Suite struct SegmentScanTests {
    private func segment(_ batches: [[UInt64]]) -> [UInt8] {
        var bytes: [UInt8] = []
        var header = JournalBatch()
        header.append(header: JournalHeader(epoch: "e", first: 1))
        bytes += header.bytes
        for batch in batches {
            var lines = JournalBatch()
            for sequence in batch { lines.append(record: Array("{\"seq\":\(sequence),}".utf8)) }
            bytes += lines.bytes
        }
        return bytes + [UInt8](repeating: 0, count: 64)
    }

    private func kinds(_ bytes: [UInt8]) -> String {
        SegmentScan(bytes).pieces.map { piece in
            switch piece.kind {
            case .header: "h"
            case .record(let sequence, let continues): (continues ? "+" : " ") + "\(sequence)"
            case .blank: "b"
            case .damage: "x"
            }
        }.joined(separator: ",")
    }

    @Test func `an undamaged segment has no damage`() {
        let bytes = segment([[1, 2], [3]])
        let scan = SegmentScan(bytes)
        #expect(kinds(bytes) == "h, 1,+2, 3")
        #expect(scan.header == JournalHeader(epoch: "e", first: 1))
        #expect(scan.recordCount == 3)
        #expect(scan.end == bytes.count - 64)
        #expect(!scan.hasDamage)
        #expect(scan.tear == nil)
    }

    @Test func `no bytes and zeros alone are an empty segment`() {
        #expect(SegmentScan([]).pieces.isEmpty)
        #expect(SegmentScan([0, 0, 0]).pieces.isEmpty)
    }

    /// A changed byte costs the line that it is in, and at a line's end the next line too. The pieces have no gaps.
    @Test func `any changed byte costs its line`() {
        let bytes = segment([[1, 2], [3], [4, 5]])
        let sound = SegmentScan(bytes)
        for index in 0..<sound.end {
            var changed = bytes
            changed[index] ^= 0x10
            let scan = SegmentScan(changed)
            let line = sound.pieces.firstIndex { $0.range.contains(index) } ?? 0
            let isEnd = sound.pieces[line].range.upperBound == index + 1
            let lost = isEnd ? line...min(line + 1, 5) : line...line
            let damage = scan.pieces.filter { $0.kind == .damage }.map(\.range)
            let expected =
                sound.pieces[lost.lowerBound].range.lowerBound..<sound.pieces[lost.upperBound].range.upperBound
            #expect(damage == [expected], "byte \(index)")
            let places = scan.pieces.map(\.range)
            #expect(places.first?.lowerBound == 0)
            #expect(zip(places, places.dropFirst()).allSatisfy { $0.upperBound == $1.lowerBound })
        }
    }

    /// Any run of bytes that became zeros is damage, or the end.
    @Test func `zeros between lines are damage`() {
        let bytes = segment([[1], [2], [3]])
        let end = SegmentScan(bytes).end
        let headerEnd = SegmentScan(bytes).pieces[0].range.upperBound
        for start in 0..<end {
            for stop in stride(from: start + 1, through: end, by: 7) {
                var changed = bytes
                for index in start..<stop { changed[index] = 0 }
                let scan = SegmentScan(changed)
                let places = scan.pieces.map(\.range)
                #expect(places.isEmpty || places.first?.lowerBound == 0, "\(start)..<\(stop)")
                #expect(
                    zip(places, places.dropFirst()).allSatisfy { $0.upperBound == $1.lowerBound }, "\(start)..<\(stop)")
                #expect((scan.recordCount < 3) == (stop > headerEnd), "\(start)..<\(stop)")
            }
        }
    }

    @Test(
        arguments: [
            ([[1, 2], [3]], 2, Int?.none), ([[1, 2], [3]], 3, 3), ([[1, 2, 3]], 2, 2), ([[1, 2, 3]], 1, 1),
            ([[1], [2, 3]], 2, 2), ([[1], [2, 3], [4]], 2, nil), ([[1], [2, 3], [4]], 4, 4),
        ] as [([[UInt64]], Int, Int?)])
    func `a tear is damage that no later call follows`(batches: [[UInt64]], damaged: Int, tear: Int?) {
        var bytes = segment(batches)
        let range = SegmentScan(bytes).pieces[damaged].range
        bytes[range.lowerBound + 2] ^= 1
        #expect(SegmentScan(bytes).tear == tear)
    }

    @Test func `a header in the middle of a segment is damage`() {
        let one = segment([[1]])
        let bytes = Array(one.dropLast(64)) + segment([[2]])
        #expect(kinds(bytes) == "h, 1,x, 2")
    }
}
