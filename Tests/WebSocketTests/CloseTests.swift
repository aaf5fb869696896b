import Testing
import WebSocket

/// The closing handshake: what the Autobahn suite asks in its section 7.
@Suite struct CloseTests {
    static func payload(_ code: UInt16, _ reason: [UInt8] = []) -> [UInt8] {
        [UInt8(code >> 8), UInt8(truncatingIfNeeded: code)] + reason
    }

    /// Expects a clean close in answer to a Close frame with `payload`.
    func expectClose(_ payload: [UInt8], _ code: UInt16, reason: String = "", answer: [UInt8]) {
        let result = outcome(of: Client.text("hello") + Client.close(payload))
        #expect(
            result.events == [.text("hello".bytes), .close(WebSocketCloseCode(rawValue: code), reason: reason)])
        #expect(result.replies == answer)
        #expect(result.isClosed && !result.isOpen)
    }

    @Test func `answers an empty close with an empty one`() {
        expectClose([], 1005, answer: Answer.emptyClose)
    }

    @Test func `echoes the code`() {
        let codes: [UInt16] = [
            1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999,
        ]
        for code in codes { expectClose(Self.payload(code), code, answer: Answer.close(code)) }
    }

    @Test func `gives the reason`() {
        let longest = String(repeating: "é", count: 61) + "."
        #expect(longest.utf8.count == 123)
        for reason in ["Hello World!", "Grüße", longest] {
            expectClose(Self.payload(1000, reason.bytes), 1000, reason: reason, answer: Answer.close(1000))
        }
    }

    @Test func `refuses codes that must not be sent`() {
        let codes: [UInt16] = [
            0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535,
        ]
        for code in codes {
            expectFailure(Client.close(Self.payload(code)), .invalidCloseCode)
            #expect(!WebSocketCloseCode(rawValue: code).isAllowedOnWire)
        }
    }

    @Test func `refuses half a code`() {
        expectFailure(Client.close([0x03]), .truncatedCloseCode)
    }

    @Test func `refuses a reason that is no text`() {
        for (bytes, _) in TextTests.invalid {
            expectFailure(Client.close(Self.payload(1000, bytes)), .invalidCloseReason)
        }
    }

    @Test func `refuses a long reason`() {
        expectFailure(Client.close(Self.payload(1000, [UInt8](repeating: 0x2A, count: 124))), .controlTooLong)
    }

    @Test func `tells each fault with its code`() {
        #expect(WebSocketFault.invalidText.closeCode == .invalidPayload)
        #expect(WebSocketFault.invalidCloseReason.closeCode == .invalidPayload)
        #expect(WebSocketFault.messageTooBig.closeCode == .messageTooBig)
        #expect(WebSocketFault.invalidCloseCode.closeCode == .protocolError)
        #expect(WebSocketFault.unmaskedFrame.closeCode == .protocolError)
    }

    @Test func `ignores what follows a close`() {
        let late = [Client.text("late"), Client.ping("late"), Client.close(), [0xFF, 0xFF, 0xFF], Client.more("x")]
        for bytes in late {
            let result = outcome(of: Client.close() + bytes)
            #expect(result.events == [.close(.normalClosure, reason: "")])
            #expect(result.replies == Answer.close(1000))
        }
    }

    @Test func `stays open until the close is given`() {
        var machine = WebSocketMachine(role: .server)
        machine.receive((Client.text("question") + Client.close()).span)
        #expect(machine.nextEvent() == .text("question".bytes))
        #expect(machine.isOpen && !machine.hasReplies)
        #expect(machine.nextEvent() == .close(.normalClosure, reason: ""))
        #expect(machine.isClosed && machine.hasReplies)
        #expect(machine.nextEvent() == nil)
    }

    @Test func `closing first waits for the peers close`() {
        var feeder = Feeder()
        feeder.machine.close(.goingAway, reason: "shutting down")
        #expect(!feeder.machine.isOpen && !feeder.machine.isClosed)
        var output: [UInt8] = []
        feeder.machine.takeReplies(into: &output)
        #expect(output == [0x88, 15, 0x03, 0xE9] + "shutting down".bytes)
        // Neither messages nor pings are of interest now, and no frame may follow our Close.
        feeder.feed(Client.text("late") + Client.ping("late") + Client.pong("late"), inPiecesOf: 3)
        #expect(feeder.outcome.events == [] && feeder.outcome.replies == [] && !feeder.outcome.isClosed)
        #expect(feeder.machine.bufferedBytes == 0)
        feeder.feed(Client.close(Self.payload(1001)))
        #expect(feeder.outcome.events == [.close(.goingAway, reason: "")])
        #expect(feeder.outcome.replies == [] && feeder.outcome.isClosed)
    }

    @Test func `closing in the middle of a message drops it`() {
        for role in [WebSocketRole.server, .client] {
            let key: UInt32? = role == .server ? 7 : nil
            var feeder = Feeder(role: role)
            let first = RawFrame(opcode: 1, payload: [0x61, 0xC3], isFinal: false, maskingKey: key).bytes
            feeder.feed(Array(first.dropLast()))
            feeder.machine.close(.policyViolation)
            feeder.takeReplies()
            #expect(feeder.machine.bufferedBytes == 0)
            feeder.feed([first[first.count - 1]])
            feeder.feed(RawFrame(opcode: 0, payload: [0xFF], maskingKey: key).bytes)
            #expect(feeder.outcome.events == [])
            feeder.feed(RawFrame(opcode: 8, maskingKey: key).bytes)
            #expect(feeder.outcome.events == [.close(.noStatusReceived, reason: "")])
        }
    }

    @Test func `closing drops events that were not given`() {
        var machine = WebSocketMachine(role: .server)
        machine.receive((Client.text("a") + Client.ping() + Client.text("b") + Client.close()).span)
        #expect(machine.nextEvent() == .text("a".bytes))
        machine.close(.normalClosure)
        #expect(machine.nextEvent() == .close(.normalClosure, reason: ""))
        var output: [UInt8] = []
        machine.takeReplies(into: &output)
        #expect(output == Answer.close(1000))
    }

    @Test func `keeps nothing of what comes while closing`() {
        var machine = WebSocketMachine(role: .server)
        machine.close(.normalClosure)
        var output: [UInt8] = []
        machine.takeReplies(into: &output)
        for _ in 0..<100 { machine.receive((Client.text("late") + Client.ping("late") + Client.pong("late")).span) }
        #expect(machine.bufferedBytes == 0)
    }

    @Test func `a fault while closing ends it without a second close`() {
        var feeder = Feeder()
        feeder.machine.close(.normalClosure)
        feeder.feed([0xFF])
        #expect(feeder.outcome.events == [.failure(.reservedBits)])
        #expect(feeder.outcome.replies == Answer.close(1000))
        #expect(feeder.outcome.isClosed)
    }

    @Test func `closing twice or too late does nothing`() {
        var feeder = Feeder()
        feeder.machine.close(.normalClosure)
        feeder.machine.close(.goingAway)
        feeder.feed(Client.close())
        feeder.machine.close(.goingAway)
        #expect(feeder.outcome.replies == Answer.close(1000))
        #expect(feeder.machine.isClosed && !feeder.machine.hasReplies)
    }

    @Test func `sends pending pongs before the close`() {
        var machine = WebSocketMachine(role: .server)
        machine.receive(Client.ping("p").span)
        #expect(machine.nextEvent() == .ping("p".bytes))
        machine.close(.normalClosure)
        var output: [UInt8] = []
        machine.takeReplies(into: &output)
        #expect(output == Answer.pong("p") + Answer.close(1000))
    }

    @Test func `cuts a long reason between characters`() {
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
            machine.takeReplies(into: &output)
            #expect(output == [0x88, UInt8(count + 2), 0x03, 0xF3] + reason.bytes.prefix(count))
            #expect(String(validating: output[4...], as: UTF8.self) != nil)
        }
    }

    @Test func `client masks its close`() {
        var machine = WebSocketMachine(role: .client)
        machine.close(.normalClosure, reason: "bye")
        var generator = SeededGenerator(seed: 5)
        var output: [UInt8] = []
        machine.takeReplies(into: &output, masking: &generator)
        var server = Feeder()
        server.feed(output)
        #expect(server.outcome.events == [.close(.normalClosure, reason: "bye")])
    }
}
