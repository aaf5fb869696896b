import Bytes
import Generators
import Testing
import WebSocket

/// A frame in which every bit may be wrong.
struct RawFrame {
    enum LengthForm { case shortest, sevenBits, sixteenBits, sixtyFourBits }

    var opcode: UInt8
    var payload: [UInt8] = []
    var isFinal = true
    var reserved: UInt8 = 0
    var maskingKey: UInt32? = 0xA1B2_C3D4
    var lengthForm = LengthForm.shortest
    /// The length in the header, if it is not the payload's.
    var claimedLength: UInt64?

    var bytes: [UInt8] {
        var bytes = [(isFinal ? 0x80 : 0) | reserved << 4 | opcode]
        let length = claimedLength ?? UInt64(payload.count)
        let mask: UInt8 = maskingKey == nil ? 0 : 0x80
        var form = lengthForm
        if form == .shortest { form = length <= 125 ? .sevenBits : length <= 0xFFFF ? .sixteenBits : .sixtyFourBits }
        switch form {
        case .shortest, .sevenBits: bytes.append(mask | UInt8(length))
        case .sixteenBits:
            bytes += [mask | 126, UInt8(truncatingIfNeeded: length >> 8), UInt8(truncatingIfNeeded: length)]
        case .sixtyFourBits:
            bytes.append(mask | 127)
            for index in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: length >> (56 - 8 * UInt64(index)))) }
        }
        guard let maskingKey else { return bytes + payload }
        let key = (0..<4).map { UInt8(truncatingIfNeeded: maskingKey >> (8 * UInt32($0))) }
        bytes += key
        // The rule of section 5.3, octet by octet, to check the eight-byte steps against.
        bytes += payload.enumerated().map { $1 ^ key[$0 % 4] }
        return bytes
    }
}

/// Shorthands for the frames that clients send.
enum ClientFrame {
    static func text(_ text: String, isFinal: Bool = true) -> [UInt8] { text8(Array(text.utf8), isFinal: isFinal) }
    static func text8(_ bytes: [UInt8], isFinal: Bool = true) -> [UInt8] {
        RawFrame(opcode: 1, payload: bytes, isFinal: isFinal).bytes
    }
    static func binary(_ bytes: [UInt8], isFinal: Bool = true) -> [UInt8] {
        RawFrame(opcode: 2, payload: bytes, isFinal: isFinal).bytes
    }
    static func more(_ text: String, isFinal: Bool = true) -> [UInt8] { more8(Array(text.utf8), isFinal: isFinal) }
    static func more8(_ bytes: [UInt8], isFinal: Bool = true) -> [UInt8] {
        RawFrame(opcode: 0, payload: bytes, isFinal: isFinal).bytes
    }
    static func ping(_ text: String = "") -> [UInt8] { RawFrame(opcode: 9, payload: Array(text.utf8)).bytes }
    static func pong(_ text: String = "") -> [UInt8] { RawFrame(opcode: 10, payload: Array(text.utf8)).bytes }
    static func close(_ payload: [UInt8] = [0x03, 0xE8]) -> [UInt8] { RawFrame(opcode: 8, payload: payload).bytes }
}

/// Shorthands for the frames that the server is expected to answer with.
enum ServerFrame {
    static func pong(_ text: String = "") -> [UInt8] { [0x8A, UInt8(text.utf8.count)] + Array(text.utf8) }
    static func close(_ code: UInt16) -> [UInt8] { [0x88, 2, UInt8(code >> 8), UInt8(truncatingIfNeeded: code)] }
    static let emptyClose: [UInt8] = [0x88, 0]
    static func failure(_ fault: WebSocketFault) -> [UInt8] {
        let code = fault.closeCode.rawValue
        return [0x88, UInt8(fault.reason.utf8.count + 2), UInt8(code >> 8), UInt8(truncatingIfNeeded: code)]
            + Array(fault.reason.utf8)
    }
}

/// The result of feeding a machine: all events, all replies in their order, and its final state.
struct Outcome: Equatable {
    var events: [WebSocketEvent] = []
    var replies: [UInt8] = []
    var isOpen = true
    var isClosed = false
}

/// Feeds bytes to a machine in the documented order of calls.
struct Feeder {
    var machine: WebSocketMachine
    var outcome = Outcome()

    init(_ limits: WebSocketLimits = WebSocketLimits(), role: WebSocketRole = .server) {
        machine = WebSocketMachine(role: role, limits: limits)
    }

    mutating func feed(_ bytes: [UInt8]) { feed(piece: bytes.span) }

    mutating func feed(piece bytes: Span<UInt8>) {
        machine.receive(bytes)
        while let event = machine.nextEvent() {
            outcome.events.append(event)
            collectReplies()
        }
        outcome.isOpen = machine.isOpen
        outcome.isClosed = machine.isClosed
    }

    mutating func collectReplies() {
        if machine.role == .server {
            machine.drainReplies(into: &outcome.replies)
        } else {
            var zeros = ZeroGenerator()
            machine.drainReplies(into: &outcome.replies, masking: &zeros)
        }
    }

    /// Feeds all of `bytes` in pieces of `size`.
    mutating func feed(_ bytes: [UInt8], inPiecesOf size: Int) {
        var start = 0
        while start < bytes.count {
            let end = min(start + size, bytes.count)
            feed(piece: bytes.span.extracting(start..<end))
            start = end
        }
    }
}

/// Masking keys of zero, which leave a client's frames readable.
struct ZeroGenerator: RandomNumberGenerator {
    mutating func next() -> UInt64 { 0 }
}

/// Feeds `wire` whole, byte by byte and in random pieces, expects the same outcome each time, and returns it.
func outcome(
    of wire: [UInt8], limits: WebSocketLimits = WebSocketLimits(), role: WebSocketRole = .server,
    sourceLocation: SourceLocation = #_sourceLocation
) -> Outcome {
    var whole = Feeder(limits, role: role)
    whole.feed(wire)
    if wire.count <= 200_000 {
        var single = Feeder(limits, role: role)
        single.feed(wire, inPiecesOf: 1)
        #expect(single.outcome == whole.outcome, "byte by byte", sourceLocation: sourceLocation)
    }
    var generator = RepeatableGenerator()
    for _ in 0..<3 {
        var split = Feeder(limits, role: role)
        var start = 0
        while start < wire.count {
            let end = min(wire.count, start + Int.random(in: 1...max(1, wire.count / 4), using: &generator))
            split.feed(piece: wire.span.extracting(start..<end))
            start = end
        }
        #expect(split.outcome == whole.outcome, "random splits, seed \(generator.seed)", sourceLocation: sourceLocation)
    }
    return whole.outcome
}

/// Expects that `wire` produces `events` and then fails with `fault`, and that the peer is told.
func expectFailure(
    _ wire: [UInt8], _ fault: WebSocketFault, after events: [WebSocketEvent] = [], replies: [UInt8] = [],
    limits: WebSocketLimits = WebSocketLimits(), sourceLocation: SourceLocation = #_sourceLocation
) {
    // Everything after a fault is ignored.
    let result = outcome(
        of: wire + ClientFrame.ping() + ClientFrame.text("late") + ClientFrame.close(), limits: limits,
        sourceLocation: sourceLocation)
    #expect(result.events == events + [.failure(fault)], sourceLocation: sourceLocation)
    #expect(result.replies == replies + ServerFrame.failure(fault), sourceLocation: sourceLocation)
    #expect(result.isClosed && !result.isOpen, sourceLocation: sourceLocation)
}

/// Expects that `wire` produces `events` and `replies` and leaves the connection open.
func expectOpen(
    _ wire: [UInt8], _ events: [WebSocketEvent], replies: [UInt8] = [], limits: WebSocketLimits = WebSocketLimits(),
    sourceLocation: SourceLocation = #_sourceLocation
) {
    let result = outcome(of: wire, limits: limits, sourceLocation: sourceLocation)
    #expect(result.events == events, sourceLocation: sourceLocation)
    #expect(result.replies == replies, sourceLocation: sourceLocation)
    #expect(result.isOpen && !result.isClosed, sourceLocation: sourceLocation)
}

extension String {
    var bytes: [UInt8] { Array(utf8) }
}
