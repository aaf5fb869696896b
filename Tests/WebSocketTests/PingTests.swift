import Testing
import WebSocket

/// Pings and pongs: what the Autobahn suite asks in its section 2.
@Suite struct PingTests {
    @Test(arguments: ["", "Hello, world!", String(repeating: "\u{7F}", count: 125)])
    func `answers a ping with its payload`(payload: String) {
        expectOpen(Client.ping(payload), [.ping(payload.bytes)], replies: Answer.pong(payload))
    }

    @Test func `answers a ping that is no text`() {
        let payload: [UInt8] = [0x00, 0xFF, 0xFE, 0xFD, 0xFC, 0xFB, 0x00, 0xFF]
        expectOpen(
            RawFrame(opcode: 9, payload: payload).bytes, [.ping(payload)], replies: [0x8A, 8] + payload)
    }

    @Test(arguments: [126, 65_535, 65_536])
    func `refuses a long ping`(length: Int) {
        expectFailure(
            RawFrame(opcode: 9, payload: [UInt8](repeating: 0, count: length)).bytes, .controlTooLong)
    }

    @Test(arguments: [UInt8(8), 9, 10])
    func `refuses a fragmented control frame`(opcode: UInt8) {
        expectFailure(RawFrame(opcode: opcode, isFinal: false).bytes + Client.more(""), .fragmentedControl)
    }

    @Test func `reports an unsolicited pong and answers nothing`() {
        expectOpen(Client.pong(), [.pong([])])
        expectOpen(
            Client.pong("unsolicited") + Client.ping("ours"), [.pong("unsolicited".bytes), .ping("ours".bytes)],
            replies: Answer.pong("ours"))
    }

    @Test func `answers ten pings in their order`() {
        let names = (0..<10).map { "payload-\($0)" }
        expectOpen(
            names.flatMap { Client.ping($0) }, names.map { .ping($0.bytes) },
            replies: names.flatMap { Answer.pong($0) })
    }

    @Test func `keeps all pongs that fit when they are not taken`() {
        var machine = WebSocketMachine(role: .server)
        for name in 0..<10 { machine.receive(Client.ping("payload-\(name)").span) }
        while machine.nextEvent() != nil {}
        var output = "before".bytes
        machine.takeReplies(into: &output)
        #expect(output == "before".bytes + (0..<10).flatMap { Answer.pong("payload-\($0)") })
        #expect(!machine.hasReplies)
    }

    @Test(arguments: [(306, 3), (305, 1)])
    func `keeps pongs up to the limit and then the newest`(limit: Int, kept: Int) {
        var machine = WebSocketMachine(role: .server, limits: WebSocketLimits(replyBytesMax: limit))
        let names = ["a", "b", "c"].map { String(repeating: $0, count: 100) }
        for name in names { machine.receive(Client.ping(name).span) }
        while machine.nextEvent() != nil {}
        var output: [UInt8] = []
        machine.takeReplies(into: &output)
        #expect(output == names.suffix(kept).flatMap { Answer.pong($0) })
    }

    @Test func `client masks every pong with a key of its own`() {
        var machine = WebSocketMachine(role: .client)
        for name in ["first", "second", ""] {
            machine.receive(RawFrame(opcode: 9, payload: name.bytes, maskingKey: nil).bytes.span)
        }
        while machine.nextEvent() != nil {}
        var keys = SeededGenerator(seed: 7)
        var output: [UInt8] = []
        machine.takeReplies(into: &output, masking: &keys)
        keys = SeededGenerator(seed: 7)
        let expected = ["first", "second", ""].flatMap {
            RawFrame(opcode: 10, payload: $0.bytes, maskingKey: UInt32(truncatingIfNeeded: keys.next())).bytes
        }
        #expect(output == expected)
        #expect(!machine.hasReplies)
    }

    @Test func `keeps the newest pong when a peer floods and does not read`() {
        var machine = WebSocketMachine(role: .server, limits: WebSocketLimits(replyBytesMax: 300))
        let filler = String(repeating: "x", count: 110)
        for number in 0..<10_000 {
            machine.receive(Client.ping(filler + "\(number)").span)
            while machine.nextEvent() != nil {}
            #expect(machine.bufferedBytes <= 1000)
        }
        machine.receive(Client.close().span)
        while machine.nextEvent() != nil {}
        var output: [UInt8] = []
        machine.takeReplies(into: &output)
        // Two fit: the last took the place of the pair before it, or joined one.
        let last = Answer.pong(filler + "9999") + Answer.close(1000)
        #expect(output.suffix(last.count) == last[...])
        #expect(output.count <= 300 + 4)
        #expect(machine.bufferedBytes == 0)
    }
}
