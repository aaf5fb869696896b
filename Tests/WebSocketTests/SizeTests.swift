import Testing
import WebSocket

/// Large messages in frames, fragments and pieces of many sizes, as tested in sections 9 and 10 of the Autobahn suite,
/// and the memory they use.
@Suite struct SizeTests {
    static let mebibyte = 1 << 20
    static let limits = WebSocketLimits(messageBytesMax: 16 << 20)

    /// A message split into masked frames of `fragment` bytes. The last one may be shorter or empty.
    static func wire(_ opcode: WebSocketOpcode, _ payload: [UInt8], fragment: Int) -> [UInt8] {
        var wire: [UInt8] = []
        var start = 0
        repeat {
            let end = min(start + fragment, payload.count)
            WebSocketFrame.encode(
                start == 0 ? opcode : .continuation, Array(payload[start..<end]), isFinal: end == payload.count,
                maskingKey: 0x7F31_09E5, into: &wire)
            start = end
        } while start < payload.count
        return wire
    }

    /// Text with multi-byte characters throughout, so that splits fall inside characters.
    static func text(_ size: Int) -> [UInt8] {
        let line = "Hello-µ@ßöä-UTF8".bytes
        var text: [UInt8] = []
        text.reserveCapacity(size)
        while text.count + line.count <= size { text.append(contentsOf: line) }
        while text.count < size { text.append(0x2E) }
        return text
    }

    @Test(arguments: [1 << 16, 1 << 18, 1 << 20, 1 << 22, 1 << 24])
    func `large messages in one frame are accepted`(size: Int) {
        let payload = Self.text(size)
        for opcode in [WebSocketOpcode.text, .binary] {
            let wire = Self.wire(opcode, payload, fragment: size)
            var feeder = Feeder(Self.limits)
            feeder.feed(wire, inPiecesOf: 65_536)
            #expect(feeder.outcome.events == [opcode == .text ? .text(payload) : .binary(payload)])
            #expect(feeder.outcome.isOpen && feeder.machine.bufferedBytes == 0)
        }
    }

    @Test func `16 MiB in one piece is accepted`() {
        let payload = Self.text(16 << 20)
        var feeder = Feeder(Self.limits)
        feeder.feed(Self.wire(.text, payload, fragment: payload.count))
        #expect(feeder.outcome.events == [.text(payload)])
    }

    @Test func `one byte over 16 MiB is refused`() {
        var feeder = Feeder(Self.limits)
        feeder.feed(RawFrame(opcode: 2, claimedLength: 16 << 20 | 1).bytes)
        #expect(feeder.outcome.events == [.failure(.messageTooBig)])
    }

    @Test(arguments: [64, 256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304])
    func `4 MiB in fragments of any size is accepted`(fragment: Int) {
        let payload = Self.text(4 * Self.mebibyte)
        for opcode in [WebSocketOpcode.text, .binary] {
            var feeder = Feeder(Self.limits)
            feeder.feed(Self.wire(opcode, payload, fragment: fragment), inPiecesOf: 65_536)
            #expect(feeder.outcome.events == [opcode == .text ? .text(payload) : .binary(payload)])
        }
    }

    @Test(arguments: [64, 128, 256, 512, 1024, 2048])
    func `1 MiB in small pieces is accepted`(chop: Int) {
        let payload = Self.text(Self.mebibyte)
        for opcode in [WebSocketOpcode.text, .binary] {
            var feeder = Feeder(Self.limits)
            feeder.feed(Self.wire(opcode, payload, fragment: payload.count), inPiecesOf: chop)
            #expect(feeder.outcome.events == [opcode == .text ? .text(payload) : .binary(payload)])
        }
    }

    @Test(arguments: [1, 3, 1300, 1301])
    func `small fragments of any size are accepted`(fragment: Int) {
        let payload = Self.text(65_536)
        let result = outcome(of: Self.wire(.text, payload, fragment: fragment), limits: Self.limits)
        #expect(result.events == [.text(payload)])
    }

    @Test func `a thousand small messages in one piece are accepted`() {
        let messages = (0..<1000).map { "message \($0)" }
        expectOpen(messages.flatMap { ClientFrame.text($0) }, messages.map { .text($0.bytes) })
    }

    @Test func `a machine is small and holds no memory when idle`() {
        #expect(MemoryLayout<WebSocketMachine>.size <= 96)
        var feeder = Feeder()
        #expect(feeder.machine.bufferedBytes == 0)
        feeder.feed(
            ClientFrame.text("hello") + ClientFrame.ping("ping")
                + ClientFrame.binary([UInt8](repeating: 1, count: 100_000)))
        #expect(feeder.machine.bufferedBytes == 0)
        feeder.feed(ClientFrame.text("hello", isFinal: false))
        #expect((5...64).contains(feeder.machine.bufferedBytes))
        feeder.feed(ClientFrame.more("", isFinal: true))
        #expect(feeder.machine.bufferedBytes == 0)
    }

    private static let pageBytes = 4096

    @Test func `a header alone reserves no memory`() {
        var feeder = Feeder(Self.limits)
        let wire = RawFrame(opcode: 2, payload: [], claimedLength: 16 << 20).bytes
        feeder.feed(wire)
        #expect(feeder.machine.bufferedBytes == 0)
        var received = 0
        while received < 1 << 20 {
            feeder.feed([UInt8](repeating: 0, count: 1000))
            received += 1000
            // The allocator rounds large requests up to whole pages, and the capacity includes the rest of the page.
            #expect(feeder.machine.bufferedBytes <= 4 * received + Self.pageBytes)
        }
    }

    @Test func `no more memory is reserved than a message can need`() {
        var feeder = Feeder(Self.limits)
        let payload = [UInt8](repeating: 0x61, count: 1_000_000)
        let wire = Self.wire(.binary, payload, fragment: payload.count)
        feeder.feed(Array(wire.dropLast()), inPiecesOf: 1460)
        #expect(feeder.machine.bufferedBytes <= payload.count + 8192)
    }

    @Test func `memory is freed after a fault`() {
        var feeder = Feeder(Self.limits)
        feeder.feed(ClientFrame.binary([UInt8](repeating: 0, count: 100_000), isFinal: false))
        #expect(feeder.machine.bufferedBytes >= 100_000)
        feeder.feed([0xFF])
        #expect(feeder.outcome.isClosed && feeder.machine.bufferedBytes == 0)
    }

    @Test func `pending events are counted as memory`() {
        var machine = WebSocketMachine(role: .server)
        machine.receive(ClientFrame.binary([UInt8](repeating: 0, count: 5000)).span)
        #expect(machine.bufferedBytes >= 5000)
        #expect(machine.nextEvent() != nil)
        #expect(machine.bufferedBytes == 0)
    }
}
