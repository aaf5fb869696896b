import Testing

@testable import stationd_bench

@Suite struct FrameWalkerTests {
    /// Text and control frames, with lengths of every width.
    private static let payloads: [(opcode: UInt8, payload: [UInt8])] = [
        (1, Array("2".utf8)), (9, []), (1, [UInt8](repeating: 0x61, count: 125)),
        (1, [UInt8](repeating: 0x62, count: 126)), (10, [1, 2, 3]), (1, [UInt8](repeating: 0x63, count: 700)),
        (1, [UInt8](repeating: 0x64, count: 65_535)), (1, [UInt8](repeating: 0x65, count: 65_536)), (8, [3, 232]),
    ]

    private static func frame(_ opcode: UInt8, _ payload: [UInt8]) -> [UInt8] {
        let count = payload.count
        switch count {
        case ..<126: return [0x80 | opcode, UInt8(count)] + payload
        case ..<65_536: return [0x80 | opcode, 126, UInt8(count >> 8), UInt8(count & 0xFF)] + payload
        default:
            return [0x80 | opcode, 127] + (0..<8).reversed().map { UInt8(count >> ($0 * 8) & 0xFF) } + payload
        }
    }

    /// The frames that a receiver finds in pieces of input. It keeps incomplete ones as listeners do.
    private static func walk(_ pieces: [[UInt8]]) throws -> [(opcode: UInt8, payload: [UInt8])] {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 8)
        defer { buffer.deallocate() }
        var input = PartialInput()
        var found: [(UInt8, [UInt8])] = []
        for piece in pieces {
            let kept = input.restore(into: buffer)
            UnsafeMutableRawBufferPointer(rebasing: buffer[kept...]).copyBytes(from: piece)
            let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<(kept + piece.count)])
            var start = 0
            walk: while true {
                switch FrameWalker.step(bytes, from: start) {
                case .incomplete: break walk
                case .malformed: throw Malformed()
                case .frame(let frame):
                    found.append((frame.opcode, Array(bytes[frame.payload..<frame.end])))
                    start = frame.end
                }
            }
            input.keep(bytes, from: start)
        }
        return found
    }

    private struct Malformed: Error {}

    @Test func `frames are found in whole input and in input split at every byte`() throws {
        let small = Self.payloads.filter { $0.payload.count < 1000 }
        let stream = small.flatMap { Self.frame($0.opcode, $0.payload) }
        for place in 0...stream.count {
            let found = try Self.walk([Array(stream[..<place]), Array(stream[place...])])
            #expect(found.map(\.opcode) == small.map(\.opcode), "split at \(place)")
            #expect(found.map(\.payload) == small.map(\.payload), "split at \(place)")
        }
        let single = try Self.walk(stream.map { [$0] })
        #expect(single.map(\.payload) == small.map(\.payload))
    }

    @Test func `long frames have the right lengths`() throws {
        let found = try Self.walk([Self.payloads.flatMap { Self.frame($0.opcode, $0.payload) }])
        #expect(found.map(\.payload.count) == Self.payloads.map(\.payload.count))
    }

    @Test(arguments: [
        [0x01, 0x01, 0x61], [0x00, 0x01, 0x61], [0xC1, 0x01, 0x61], [0x81, 0x81, 1, 2, 3, 4, 0x60],
        [0x81, 127, 0xFF, 0, 0, 0, 0, 0, 0, 0], [0x81, 127, 0, 0, 0, 0, 0xFF, 0, 0, 0],
    ])
    func `frames that no server may send are malformed`(bytes: [UInt8]) {
        #expect(throws: Malformed.self) { try Self.walk([bytes]) }
    }

    @Test func `an HTTP message ends after its content`() {
        let message = Array("HTTP/1.1 201 Created\r\nContent-Length: 5\r\nETag: x\r\n\r\nabcde".utf8)
        for count in 0...message.count {
            let extent = message[..<count].withUnsafeBytes { MessageScan.extent(of: $0) }
            #expect((extent != nil) == (count == message.count), "\(count) bytes")
        }
        let empty = Array("GET / HTTP/1.1\r\nHost: a\r\n\r\nrest".utf8)
        #expect(empty.withUnsafeBytes { MessageScan.extent(of: $0)?.end } == empty.count - 4)
    }
}
