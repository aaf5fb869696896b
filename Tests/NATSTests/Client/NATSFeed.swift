import Generators
import NATS
import Peers
import Testing

/// The outcome of feeding a machine: its events, its answers to pings and whether it closed.
struct NATSOutcome: Equatable {
    var events: [NATSEvent] = []
    var replies: [UInt8] = []
    var isClosed = false
}

/// Feeds machines with what a server sends.
enum NATSFeed {
    static let information = #"INFO {"server_id":"S","version":"2.9.10","headers":true,"max_payload":1024}"# + "\r\n"

    /// What a machine makes of `pieces`.
    static func outcome(ofPieces pieces: [ArraySlice<UInt8>], limits: NATSLimits = NATSLimits()) -> NATSOutcome {
        var machine = NATSClientMachine(limits: limits)
        var outcome = NATSOutcome()
        for piece in pieces {
            machine.receive(piece.span)
            while let event = machine.nextEvent() { outcome.events.append(event) }
            machine.drainReplies(into: &outcome.replies)
        }
        outcome.isClosed = machine.isClosed
        return outcome
    }

    /// `bytes` in random pieces.
    static func pieces(_ bytes: [UInt8], using generator: inout RepeatableGenerator) -> [ArraySlice<UInt8>] {
        var pieces: [ArraySlice<UInt8>] = []
        var start = 0
        while start < bytes.count {
            let end = min(bytes.count, start + Int.random(in: 1...40, using: &generator))
            pieces.append(bytes[start..<end])
            start = end
        }
        return pieces
    }

    /// What a machine makes of a text after the server's introduction. It is fed whole, byte by byte and in random
    /// pieces, which must give the same outcome.
    static func outcome(
        of text: String, limits: NATSLimits = NATSLimits(), after introduction: String = information,
        sourceLocation: SourceLocation = #_sourceLocation
    ) -> NATSOutcome {
        let bytes = Array((introduction + text).utf8)
        let whole = outcome(ofPieces: [bytes[...]], limits: limits)
        let single = outcome(ofPieces: bytes.indices.map { bytes[$0...$0] }, limits: limits)
        #expect(single == whole, "byte by byte", sourceLocation: sourceLocation)
        var generator = RepeatableGenerator()
        for _ in 0..<3 {
            let split = outcome(ofPieces: pieces(bytes, using: &generator), limits: limits)
            #expect(split == whole, "in random pieces, seed \(generator.seed)", sourceLocation: sourceLocation)
        }
        return whole
    }

    /// The events after the introduction.
    static func events(
        of text: String, limits: NATSLimits = NATSLimits(), sourceLocation: SourceLocation = #_sourceLocation
    ) -> [NATSEvent] {
        Array(outcome(of: text, limits: limits, sourceLocation: sourceLocation).events.dropFirst())
    }

    /// A machine to which the server has introduced itself.
    static func connected(_ introduction: String = information) -> NATSClientMachine {
        var machine = NATSClientMachine()
        machine.receive(Array(introduction.utf8).span)
        while machine.nextEvent() != nil {}
        return machine
    }
}

extension String {
    var bytes: [UInt8] { Array(utf8) }
}

extension NATSMessage {
    /// An answer with JSON as its payload.
    static func answer(_ text: String) -> NATSMessage {
        NATSMessage(subject: "_INBOX.a.1", sid: 1, payload: text.bytes)
    }

    /// An answer with a status and without a payload, as the machine reads it.
    static func status(_ words: String) throws -> NATSMessage {
        let block = "NATS/1.0 \(words)\r\n\r\n"
        let line = "HMSG _INBOX.a.1 1 \(block.utf8.count) \(block.utf8.count)\r\n"
        guard case .message(let message)? = NATSFeed.events(of: line + block + "\r\n").first else {
            throw PeerFault("the status \(words) gave no message")
        }
        return message
    }
}
