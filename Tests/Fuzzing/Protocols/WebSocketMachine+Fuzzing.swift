import WebSocket

// The first byte chooses: bit 0 the role, bit 1 the small limits, bit 2 that the owner closes in the middle, the others
// the pieces. The rest are the bytes that the peer sends.

extension FuzzMachine {
    /// The WebSocket machine, as server and as client.
    static let webSocket = FuzzMachine(
        "websocket",
        words: ["\u{1}", "hello", "é", "\u{10FFFF}"],
        seeds: { webSocketSeeds() },
        body: { bytes in
            var input = FuzzInput(bytes)
            let choice = input.byte()
            let wire = input.rest()
            var whole = WebSocketPeer(choice)
            var split = WebSocketPeer(choice)
            if choice & 4 != 0 {
                // Both peers must close after the same bytes.
                let half = wire.count / 2
                for peer in [true, false] {
                    if peer {
                        whole.feed([wire[..<half]])
                        whole.close()
                        whole.feed([wire[half...]])
                    } else {
                        split.feed(Array(wire[..<half]).pieces(choice >> 3))
                        split.close()
                        split.feed(Array(wire[half...]).pieces(choice >> 3))
                    }
                }
            } else {
                whole.feed([wire[...]])
                split.feed(wire.pieces(choice >> 3))
            }
            expect(whole.events == split.events, "the events do not depend on the pieces")
            expect(whole.replies == split.replies, "the replies do not depend on the pieces")
            whole.checkReplies()
            whole.writeAgain()
        })

    private static func webSocketSeeds() -> [[UInt8]] {
        var seeds: [[UInt8]] = []
        for (opcode, payload, isFinal) in [
            (WebSocketOpcode.text, "hello é", true), (.text, "fragment", false), (.continuation, "rest", true),
            (.binary, "\u{1}\u{2}", true), (.ping, "p", true), (.pong, "", true), (.close, "\u{3}\u{68}bye", true),
            (.text, String(repeating: "x", count: 130), true), (.binary, String(repeating: "y", count: 300), true),
        ] {
            var client: [UInt8] = []
            var server: [UInt8] = []
            WebSocketFrame.encode(
                opcode, [UInt8](payload), isFinal: isFinal, maskingKey: 0x0403_0201, into: &client)
            WebSocketFrame.encode(opcode, [UInt8](payload), isFinal: isFinal, into: &server)
            seeds += [
                client.prefixed(by: 0), client.prefixed(by: 2 | 64), server.prefixed(by: 1),
                server.prefixed(by: 5 | 32),
            ]
        }
        let conversation = seeds.filter { $0[0] == 0 }.flatMap { $0.dropFirst() }
        let answers = seeds.filter { $0[0] == 1 }.flatMap { $0.dropFirst() }
        return seeds + [conversation.prefixed(by: 0), conversation.prefixed(by: 4), answers.prefixed(by: 1)] + [
            [0, 0x82, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0, 1],
            [0, 0x82, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0, 1],
            [1, 0x88, 0x02, 0x03, 0xED], [0, 0x88, 0x81, 0, 0, 0, 0, 3],
        ]
    }
}

/// A machine's owner, which checks the promises of the machine.
private struct WebSocketPeer {
    let role: WebSocketRole
    let limits: WebSocketLimits
    var machine: WebSocketMachine
    var events: [WebSocketEvent] = []
    var replies: [UInt8] = []
    var received = 0

    init(_ choice: UInt8) {
        role = choice & 1 == 0 ? .server : .client
        limits = choice & 2 == 0 ? WebSocketLimits() : WebSocketLimits(messageBytesMax: 100, replyBytesMax: 127)
        machine = WebSocketMachine(role: role, limits: limits)
    }

    mutating func close() {
        machine.close(.goingAway, reason: "enough")
        drainReplies()
    }

    mutating func feed(_ pieces: [ArraySlice<UInt8>]) {
        for piece in pieces {
            received += piece.count
            machine.receive(piece.span)
            // An array's storage is a little larger than was asked for, and every event needs its own place.
            let own = 4096 + received / 2 * MemoryLayout<WebSocketEvent>.stride * 2
            expect(machine.bufferedBytes <= 4 * received + own, "memory is proportional to the input")
            while let event = machine.nextEvent() {
                drainReplies()
                if case .text(let text) = event {
                    expect(String(validating: text, as: UTF8.self) != nil, "a text is UTF-8")
                }
                switch event {
                case .text(let payload), .binary(let payload):
                    expect(payload.count <= limits.messageBytesMax, "a message is within its limit")
                default: break
                }
                expect(!hasEnded, "no event comes after the end")
                events.append(event)
            }
        }
        expect(machine.isClosed == hasEnded, "the machine is closed after the end and not before")
    }

    private var hasEnded: Bool {
        switch events.last {
        case .close, .failure: true
        default: false
        }
    }

    private mutating func drainReplies() {
        let before = replies.count
        if role == .server {
            machine.drainReplies(into: &replies)
        } else {
            var generator = FuzzGenerator(seed: 1)
            machine.drainReplies(into: &replies, masking: &generator)
        }
        expect(replies.count - before <= 2 * limits.replyBytesMax + 256, "replies are within their limit")
        expect(!machine.hasReplies, "no replies are left")
    }

    /// The other side can read the replies: pongs, and a Close frame that ends them.
    func checkReplies() {
        var other = WebSocketMachine(role: role == .server ? .client : .server)
        other.receive(replies.span)
        while let event = other.nextEvent() {
            switch event {
            case .pong, .close: break
            default: expect(false, "a reply is a pong or a Close frame: \(event)")
            }
        }
    }

    /// The messages, written by our peer, are read as the same messages.
    func writeAgain() {
        var wire: [UInt8] = []
        var written: [WebSocketEvent] = []
        for event in events {
            let frame: (WebSocketOpcode, [UInt8])? =
                switch event {
                case .text(let payload): (.text, payload)
                case .binary(let payload): (.binary, payload)
                case .ping(let payload): (.ping, payload)
                case .pong(let payload): (.pong, payload)
                case .close, .failure: nil
                }
            guard let frame else { continue }
            written.append(event)
            if role == .server {
                WebSocketFrame.encode(frame.0, frame.1, maskingKey: 0x1234_5678, into: &wire)
            } else {
                WebSocketFrame.encode(frame.0, frame.1, into: &wire)
            }
        }
        var again = WebSocketMachine(role: role, limits: limits)
        again.receive(wire.span)
        var read: [WebSocketEvent] = []
        while let event = again.nextEvent() { read.append(event) }
        expect(read == written, "messages survive writing and reading")
    }
}
