import Generators
import Testing
import WebSocket

/// The closing handshake, as tested in section 7 of the Autobahn suite.
@Suite struct CloseTests {
    static func payload(_ code: UInt16, _ reason: [UInt8] = []) -> [UInt8] {
        [UInt8(code >> 8), UInt8(truncatingIfNeeded: code)] + reason
    }

    /// Expects a clean close in answer to a Close frame with `payload`.
    func expectClose(_ payload: [UInt8], _ code: UInt16, reason: String = "", answer: [UInt8]) {
        let result = outcome(of: ClientFrame.text("hello") + ClientFrame.close(payload))
        #expect(
            result.events == [.text("hello".bytes), .close(WebSocketCloseCode(rawValue: code), reason: reason)])
        #expect(result.replies == answer)
        #expect(result.isClosed && !result.isOpen)
    }

    @Test func `an empty close is answered with an empty one`() {
        expectClose([], 1005, answer: ServerFrame.emptyClose)
    }

    @Test func `the code is echoed`() {
        let codes: [UInt16] = [
            1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999,
        ]
        for code in codes { expectClose(Self.payload(code), code, answer: ServerFrame.close(code)) }
    }

    @Test func `the reason is reported`() {
        let longest = String(repeating: "é", count: 61) + "."
        #expect(longest.utf8.count == 123)
        for reason in ["Hello World!", "Grüße", longest] {
            expectClose(Self.payload(1000, reason.bytes), 1000, reason: reason, answer: ServerFrame.close(1000))
        }
    }

    @Test func `codes that must not be sent are refused`() {
        let codes: [UInt16] = [
            0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535,
        ]
        for code in codes {
            expectFailure(ClientFrame.close(Self.payload(code)), .invalidCloseCode)
            #expect(!WebSocketCloseCode(rawValue: code).isAllowedOnWire)
        }
    }

    @Test func `half a code is refused`() {
        expectFailure(ClientFrame.close([0x03]), .truncatedCloseCode)
    }

    @Test func `a reason that is not UTF-8 is refused`() {
        for (bytes, _) in TextTests.invalid {
            expectFailure(ClientFrame.close(Self.payload(1000, bytes)), .invalidCloseReason)
        }
    }

    @Test func `a reason of 124 bytes is refused`() {
        expectFailure(ClientFrame.close(Self.payload(1000, [UInt8](repeating: 0x2A, count: 124))), .controlTooLong)
    }

    @Test func `each fault has its close code`() {
        #expect(WebSocketFault.invalidText.closeCode == .invalidPayload)
        #expect(WebSocketFault.invalidCloseReason.closeCode == .invalidPayload)
        #expect(WebSocketFault.messageTooBig.closeCode == .messageTooBig)
        #expect(WebSocketFault.invalidCloseCode.closeCode == .protocolError)
        #expect(WebSocketFault.unmaskedFrame.closeCode == .protocolError)
    }

    @Test func `input after a close is ignored`() {
        let late = [
            ClientFrame.text("late"), ClientFrame.ping("late"), ClientFrame.close(), [0xFF, 0xFF, 0xFF],
            ClientFrame.more("x"),
        ]
        for bytes in late {
            let result = outcome(of: ClientFrame.close() + bytes)
            #expect(result.events == [.close(.normalClosure, reason: "")])
            #expect(result.replies == ServerFrame.close(1000))
        }
    }

    @Test func `the machine stays open until the close is delivered`() {
        var machine = WebSocketMachine(role: .server)
        machine.receive((ClientFrame.text("question") + ClientFrame.close()).span)
        #expect(machine.nextEvent() == .text("question".bytes))
        #expect(machine.isOpen && !machine.hasReplies)
        #expect(machine.nextEvent() == .close(.normalClosure, reason: ""))
        #expect(machine.isClosed && machine.hasReplies)
        #expect(machine.nextEvent() == nil)
    }

    @Test func `after our close the machine waits for the peer's`() {
        var feeder = Feeder()
        feeder.machine.close(.goingAway, reason: "shutting down")
        #expect(!feeder.machine.isOpen && !feeder.machine.isClosed)
        var output: [UInt8] = []
        feeder.machine.drainReplies(into: &output)
        #expect(output == [0x88, 15, 0x03, 0xE9] + "shutting down".bytes)
        // Messages and pings are dropped now, and no frame may follow our Close.
        feeder.feed(ClientFrame.text("late") + ClientFrame.ping("late") + ClientFrame.pong("late"), inPiecesOf: 3)
        #expect(feeder.outcome.events == [] && feeder.outcome.replies == [] && !feeder.outcome.isClosed)
        #expect(feeder.machine.bufferedBytes == 0)
        feeder.feed(ClientFrame.close(Self.payload(1001)))
        #expect(feeder.outcome.events == [.close(.goingAway, reason: "")])
        #expect(feeder.outcome.replies == [] && feeder.outcome.isClosed)
    }

    @Test func `closing in the middle of a message drops the message`() {
        for role in [WebSocketRole.server, .client] {
            let key: UInt32? = role == .server ? 7 : nil
            var feeder = Feeder(role: role)
            let first = RawFrame(opcode: 1, payload: [0x61, 0xC3], isFinal: false, maskingKey: key).bytes
            feeder.feed(Array(first.dropLast()))
            feeder.machine.close(.policyViolation)
            feeder.collectReplies()
            #expect(feeder.machine.bufferedBytes == 0)
            feeder.feed([first[first.count - 1]])
            feeder.feed(RawFrame(opcode: 0, payload: [0xFF], maskingKey: key).bytes)
            #expect(feeder.outcome.events == [])
            feeder.feed(RawFrame(opcode: 8, maskingKey: key).bytes)
            #expect(feeder.outcome.events == [.close(.noStatusReceived, reason: "")])
        }
    }

    @Test func `closing drops events that were not delivered`() {
        var machine = WebSocketMachine(role: .server)
        machine.receive((ClientFrame.text("a") + ClientFrame.ping() + ClientFrame.text("b") + ClientFrame.close()).span)
        #expect(machine.nextEvent() == .text("a".bytes))
        machine.close(.normalClosure)
        #expect(machine.nextEvent() == .close(.normalClosure, reason: ""))
        var output: [UInt8] = []
        machine.drainReplies(into: &output)
        #expect(output == ServerFrame.close(1000))
    }

    @Test func `input while closing is not kept`() {
        var machine = WebSocketMachine(role: .server)
        machine.close(.normalClosure)
        var output: [UInt8] = []
        machine.drainReplies(into: &output)
        for _ in 0..<100 {
            machine.receive((ClientFrame.text("late") + ClientFrame.ping("late") + ClientFrame.pong("late")).span)
        }
        #expect(machine.bufferedBytes == 0)
    }

    @Test func `a fault while closing ends the connection without a second close`() {
        var feeder = Feeder()
        feeder.machine.close(.normalClosure)
        feeder.feed([0xFF])
        #expect(feeder.outcome.events == [.failure(.reservedBits)])
        #expect(feeder.outcome.replies == ServerFrame.close(1000))
        #expect(feeder.outcome.isClosed)
    }

    @Test func `closing twice or too late has no effect`() {
        var feeder = Feeder()
        feeder.machine.close(.normalClosure)
        feeder.machine.close(.goingAway)
        feeder.feed(ClientFrame.close())
        feeder.machine.close(.goingAway)
        #expect(feeder.outcome.replies == ServerFrame.close(1000))
        #expect(feeder.machine.isClosed && !feeder.machine.hasReplies)
    }

    @Test func `pending pongs are sent before the close`() {
        var machine = WebSocketMachine(role: .server)
        machine.receive(ClientFrame.ping("p").span)
        #expect(machine.nextEvent() == .ping("p".bytes))
        machine.close(.normalClosure)
        var output: [UInt8] = []
        machine.drainReplies(into: &output)
        #expect(output == ServerFrame.pong("p") + ServerFrame.close(1000))
    }

    @Test func `a long reason is truncated between characters`() {
        let table: [(reason: String, count: Int)] = [
            (String(repeating: "a", count: 123), 123), (String(repeating: "a", count: 124), 123),
            (String(repeating: "é", count: 62), 122), (String(repeating: "a", count: 122) + "é", 122),
            (String(repeating: "a", count: 121) + "éé", 123), (String(repeating: "a", count: 120) + "😀", 120),
            (String(repeating: "a", count: 119) + "😀", 123), (String(repeating: "€", count: 100), 123),
        ]
        for (reason, count) in table {
            var machine = WebSocketMachine(role: .server)
            machine.close(.internalError, reason: reason)
            var output: [UInt8] = []
            machine.drainReplies(into: &output)
            #expect(output == [0x88, UInt8(count + 2), 0x03, 0xF3] + reason.bytes.prefix(count))
            #expect(String(validating: output[4...], as: UTF8.self) != nil)
        }
    }

    @Test func `a client masks its close`() {
        var machine = WebSocketMachine(role: .client)
        machine.close(.normalClosure, reason: "bye")
        var generator = RepeatableGenerator(seed: 5)
        var output: [UInt8] = []
        machine.drainReplies(into: &output, masking: &generator)
        var server = Feeder()
        server.feed(output)
        #expect(server.outcome.events == [.close(.normalClosure, reason: "bye")])
    }
}
