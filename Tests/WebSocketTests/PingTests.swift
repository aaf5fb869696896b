import Generators
import Testing
import WebSocket

/// Pings and pongs, as tested in section 2 of the Autobahn suite.
@Suite struct PingTests {
    @Test(arguments: ["", "Hello, world!", String(repeating: "\u{7F}", count: 125)])
    func `a ping is answered with its payload`(payload: String) {
        expectOpen(ClientFrame.ping(payload), [.ping(payload.bytes)], replies: ServerFrame.pong(payload))
    }

    @Test func `a ping with binary payload is answered`() {
        let payload: [UInt8] = [0x00, 0xFF, 0xFE, 0xFD, 0xFC, 0xFB, 0x00, 0xFF]
        expectOpen(
            RawFrame(opcode: 9, payload: payload).bytes, [.ping(payload)], replies: [0x8A, 8] + payload)
    }

    @Test(arguments: [126, 65_535, 65_536])
    func `a ping over 125 bytes is refused`(length: Int) {
        expectFailure(
            RawFrame(opcode: 9, payload: [UInt8](repeating: 0, count: length)).bytes, .controlTooLong)
    }

    @Test(arguments: [UInt8(8), 9, 10])
    func `a fragmented control frame is refused`(opcode: UInt8) {
        expectFailure(RawFrame(opcode: opcode, isFinal: false).bytes + ClientFrame.more(""), .fragmentedControl)
    }

    @Test func `an unsolicited pong is reported and not answered`() {
        expectOpen(ClientFrame.pong(), [.pong([])])
        expectOpen(
            ClientFrame.pong("unsolicited") + ClientFrame.ping("ours"),
            [.pong("unsolicited".bytes), .ping("ours".bytes)],
            replies: ServerFrame.pong("ours"))
    }

    @Test func `ten pings are answered in order`() {
        let names = (0..<10).map { "payload-\($0)" }
        expectOpen(
            names.flatMap { ClientFrame.ping($0) }, names.map { .ping($0.bytes) },
            replies: names.flatMap { ServerFrame.pong($0) })
    }

    @Test func `pongs that fit the limit are all kept`() {
        var machine = WebSocketMachine(role: .server)
        for name in 0..<10 { machine.receive(ClientFrame.ping("payload-\(name)").span) }
        while machine.nextEvent() != nil {}
        var output = "before".bytes
        machine.drainReplies(into: &output)
        #expect(output == "before".bytes + (0..<10).flatMap { ServerFrame.pong("payload-\($0)") })
        #expect(!machine.hasReplies)
    }

    @Test(arguments: [(306, 3), (305, 1)])
    func `beyond the limit only the newest pong is kept`(limit: Int, kept: Int) {
        var machine = WebSocketMachine(role: .server, limits: WebSocketLimits(replyBytesMax: limit))
        let names = ["a", "b", "c"].map { String(repeating: $0, count: 100) }
        for name in names { machine.receive(ClientFrame.ping(name).span) }
        while machine.nextEvent() != nil {}
        var output: [UInt8] = []
        machine.drainReplies(into: &output)
        #expect(output == names.suffix(kept).flatMap { ServerFrame.pong($0) })
    }

    @Test func `a client masks every pong with its own key`() {
        var machine = WebSocketMachine(role: .client)
        for name in ["first", "second", ""] {
            machine.receive(RawFrame(opcode: 9, payload: name.bytes, maskingKey: nil).bytes.span)
        }
        while machine.nextEvent() != nil {}
        var keys = RepeatableGenerator(seed: 7)
        var output: [UInt8] = []
        machine.drainReplies(into: &output, masking: &keys)
        keys = RepeatableGenerator(seed: 7)
        let expected = ["first", "second", ""].flatMap {
            RawFrame(opcode: 10, payload: $0.bytes, maskingKey: UInt32(truncatingIfNeeded: keys.next())).bytes
        }
        #expect(output == expected)
        #expect(!machine.hasReplies)
    }

    @Test func `a flood of pings leaves the newest pong and little memory`() {
        var machine = WebSocketMachine(role: .server, limits: WebSocketLimits(replyBytesMax: 300))
        let filler = String(repeating: "x", count: 110)
        for number in 0..<10_000 {
            machine.receive(ClientFrame.ping(filler + "\(number)").span)
            while machine.nextEvent() != nil {}
            #expect(machine.bufferedBytes <= 1000)
        }
        machine.receive(ClientFrame.close().span)
        while machine.nextEvent() != nil {}
        var output: [UInt8] = []
        machine.drainReplies(into: &output)
        // Two fit: the last pong replaced the pair before it, or was added to a single one.
        let last = ServerFrame.pong(filler + "9999") + ServerFrame.close(1000)
        #expect(output.suffix(last.count) == last[...])
        #expect(output.count <= 300 + 4)
        #expect(machine.bufferedBytes == 0)
    }
}
