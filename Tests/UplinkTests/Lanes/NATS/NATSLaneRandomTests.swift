import Bytes
import Generators
import NATS
import Testing
import Uplink

/// Anything that a server might send, at any point and in any pieces.
@Suite struct NATSLaneRandomTests {
    /// The outcome of a connection, which must not depend on the pieces that the bytes come in.
    private struct Outcome: Equatable {
        var events: [UplinkLaneEvent] = []
        var output: [UInt8] = []
    }

    private static let words: [String] = [
        NATSWire.information, #"INFO {"headers":true,"ldm":true}"# + "\r\n", "PONG\r\n", "PING\r\n", "+OK\r\n",
        "-ERR 'Permissions Violation for Publish to \"stations.7.support.ticket.updated\"'\r\n",
        "-ERR 'Slow Consumer'\r\n", "garbage\r\n", "MSG x 1 0\r\n\r\n",
        "MSG commands.7 1 $JS.ACK.COMMANDS.c.1.5.5.0.0 2\r\n{}\r\n",
        "MSG commands.7 1 $JS.ACK.COMMANDS.c.1.18446744073709551615.5.0.0 2\r\n{}\r\n",
        "HMSG c 1 $JS.ACK.COMMANDS.c.2.6.6.0.0 30 30\r\nNATS/1.0\r\nNats-Msg-Size: 9\r\n\r\n\r\n",
    ]

    private static let answers = [
        #"{"config":{"name":"STATIONS","subjects":["stations.>"],"retention":"limits","storage":"file","#
            + #""duplicate_window":120000000000},"state":{"messages":0,"first_seq":0,"last_seq":0}}"#,
        #"{"error":{"code":404,"err_code":10059,"description":"stream not found"}}"#,
        #"{"error":{"code":404,"err_code":10037,"description":"no message found"}}"#,
        #"{"stream":"STATIONS","seq":1}"#, #"{"stream_name":"STATIONS","name":"c"}"#,
        #"{"message":{"subject":"a","seq":18446744073709551615,"data":"e30="}}"#, "{", "",
    ]

    private static let statuses = [
        "408 Request Timeout", "404 No Messages", "409 Consumer Deleted", "409 Message Size Exceeds MaxBytes", "503",
        "409 Server Shutdown", "100 Idle Heartbeat",
    ]

    /// The bytes of a whole connection. Answers are addressed to any of the first requests.
    private static func input(inbox: NATSInbox, _ generator: inout RepeatableGenerator) -> [UInt8] {
        var bytes = NATSWire.information.bytes + "PONG\r\n".bytes
        // The lane usually opens, so that the rest gets further.
        for (token, answer) in [answers[4], answers[2], answers[2], answers[4]].enumerated()
        where Int.random(in: 0..<8, using: &generator) > 0 {
            bytes += "MSG \(inbox.subject(UInt64(token + 1)).text) 1 \(answer.utf8.count)\r\n\(answer)\r\n".bytes
        }
        for _ in 0..<Int.random(in: 0..<30, using: &generator) {
            let reply = inbox.subject(UInt64.random(in: 1...16, using: &generator)).text
            switch Int.random(in: 0..<4, using: &generator) {
            case 0: bytes += (words.randomElement(using: &generator) ?? "").bytes
            case 1:
                let block = "NATS/1.0 \(statuses.randomElement(using: &generator) ?? "")\r\n\r\n"
                bytes += "HMSG \(reply) 1 \(block.utf8.count) \(block.utf8.count)\r\n\(block)\r\n".bytes
            default:
                let answer = answers.randomElement(using: &generator) ?? ""
                bytes += "MSG \(reply) 1 \(answer.utf8.count)\r\n\(answer)\r\n".bytes
            }
        }
        for _ in 0..<Int.random(in: 0..<3, using: &generator) {
            let index = bytes.indices.randomElement(using: &generator) ?? 0
            if Bool.random(using: &generator) {
                bytes[index] = .random(in: 0...255, using: &generator)
            } else {
                bytes.removeSubrange(index..<min(bytes.count, index + 3))
            }
        }
        return bytes
    }

    private static func outcome(of pieces: [ArraySlice<UInt8>], seed: UInt64) -> Outcome {
        var generator = RepeatableGenerator(seed: seed)
        let now = MonotonicTime(milliseconds: 0)
        var lane = NATSLane(
            identity: UplinkIdentity(stationID: 7, epoch: "e-1", version: "1"), now: now, using: &generator)
        var outcome = Outcome()
        for piece in pieces {
            lane.receive(piece.span, now: now)
            while let event = lane.nextEvent() { outcome.events.append(event) }
            lane.drainOutput(into: &outcome.output)
        }
        lane.inputClosed(now: now)
        while let event = lane.nextEvent() { outcome.events.append(event) }
        return outcome
    }

    @Test func `the same bytes in any pieces give the same events`() {
        var generator = RepeatableGenerator.announced("NATSLaneRandomTests, bytes in any pieces")
        var compared = 0
        var delivered = 0
        for round in 0..<3000 {
            let seed = generator.next()
            var copy = RepeatableGenerator(seed: seed)
            let bytes = Self.input(inbox: NATSInbox(of: JetStreamName("station-7"), using: &copy), &generator)
            let whole = Self.outcome(of: [bytes[...]], seed: seed)
            let split = Self.outcome(of: NATSWire.pieces(bytes, using: &generator), seed: seed)
            #expect(whole.events == split.events, "round \(round): \(bytes)")
            guard case .failed? = whole.events.last else {
                Issue.record("round \(round) did not end in a fault")
                continue
            }
            #expect(whole.events.dropLast().allSatisfy { if case .failed = $0 { false } else { true } })
            if whole.events.contains(where: { if case .compared = $0 { true } else { false } }) { compared += 1 }
            delivered += whole.events.count { if case .delivered = $0 { true } else { false } }
        }
        print("bytesInAnyPieces: 3000 connections, \(compared) compared, \(delivered) commands")
        #expect(compared > 500 && delivered > 100)
    }

    /// The owner ships, acknowledges and lets time pass at random. The server mostly answers, and sends anything in
    /// between.
    @Test func `calls in any order keep the promises`() {
        var generator = RepeatableGenerator.announced("NATSLaneRandomTests, calls in any order")
        var counts = (shipped: 0, stored: 0, commands: 0, faults: 0)
        for _ in 0..<1000 {
            var copy = generator
            let inbox = NATSInbox(of: JetStreamName("station-7"), using: &copy)
            var owner = RandomOwner(using: &generator)
            for piece in NATSWire.pieces(Self.opening(inbox: inbox), using: &generator) { owner.receive(piece) }
            for _ in 0..<40 {
                switch Int.random(in: 0..<20, using: &generator) {
                case 0..<8: owner.ship(using: &generator)
                case 8..<14: owner.answer(using: &generator)
                case 14..<17:
                    let command =
                        "MSG c 1 $JS.ACK.COMMANDS.c.1.\(Int.random(in: 1..<9, using: &generator)).5.0.0 2\r\n{}\r\n"
                    owner.receive(command.bytes[...])
                case 17: owner.wait(millis: .random(in: 0..<12_000, using: &generator))
                case 18: if let word = Self.words.randomElement(using: &generator) { owner.receive(word.bytes[...]) }
                default:
                    let bytes = Self.input(inbox: inbox, &generator)
                    owner.receive(bytes[(bytes.count / 2)..<(bytes.count / 2 + 1)])
                }
            }
            counts.shipped += Int(owner.ordinal)
            counts.stored += Int(owner.stored)
            counts.commands += owner.commands
            counts.faults += owner.hasFailed ? 1 : 0
        }
        print("callsInAnyOrder: 1000 connections, \(counts)")
        #expect(counts.stored > 300 && counts.commands > 500 && (100...999).contains(counts.faults))
    }

    private static func opening(inbox: NATSInbox) -> [UInt8] {
        var bytes = NATSWire.information.bytes + "PONG\r\n".bytes
        for (token, answer) in [answers[4], answers[2], answers[2], answers[4]].enumerated() {
            bytes += "MSG \(inbox.subject(UInt64(token + 1)).text) 1 \(answer.utf8.count)\r\n\(answer)\r\n".bytes
        }
        return bytes
    }
}

/// Checks that a lane keeps its promises, whatever happens to it.
private struct RandomOwner {
    private var lane: NATSLane
    private var now = MonotonicTime(milliseconds: 0)
    /// The reply subjects of the events that were sent.
    private var replies: [String] = []
    private(set) var ordinal: UInt64 = 0
    private(set) var stored: UInt64 = 0
    private(set) var commands = 0
    private(set) var hasFailed = false

    init(using generator: inout RepeatableGenerator) {
        lane = NATSLane(
            identity: UplinkIdentity(stationID: 7, epoch: "e-1", version: "1"), now: now, using: &generator)
    }

    mutating func receive(_ bytes: ArraySlice<UInt8>) {
        lane.receive(bytes.span, now: now)
        settle()
    }

    mutating func ship(using generator: inout RepeatableGenerator) {
        guard let room = lane.room else { return }
        let count = UInt64(Int.random(in: 1...min(3, room.count), using: &generator))
        lane.ship((ordinal + 1...ordinal + count).map { .test($0) }, now: now)
        ordinal += count
        settle()
    }

    /// The server stores an event, which need not be the oldest.
    mutating func answer(using generator: inout RepeatableGenerator) {
        guard let place = replies.indices.randomElement(using: &generator) else { return }
        let answer = #"{"stream":"STATIONS","seq":1}"#
        receive("MSG \(replies.remove(at: place)) 1 \(answer.utf8.count)\r\n\(answer)\r\n".bytes[...])
    }

    mutating func wait(millis: Int64) {
        now = now.advanced(byMilliseconds: millis)
        while let deadline = lane.deadline, deadline <= now {
            lane.expire(now: now)
            guard lane.deadline.map({ $0 > deadline }) ?? true else {
                Issue.record("a deadline that does not move keeps the owner busy")
                return
            }
        }
        settle()
    }

    private mutating func settle() {
        while let event = lane.nextEvent() {
            #expect(!hasFailed, "the fault is the last event")
            switch event {
            case .delivered(let delivery):
                commands += 1
                lane.acknowledge(delivery.number, now: now)
            case .stored(let through):
                #expect(through > stored && through <= ordinal)
                stored = through
            case .failed: hasFailed = true
            case .compared, .rewound, .halved, .announced, .warned: break
            }
        }
        var output: [UInt8] = []
        lane.drainOutput(into: &output)
        for line in String(decoding: output, as: UTF8.self).split(separator: "\r\n") where line.hasPrefix("HPUB ") {
            replies.append(String(line.split(separator: " ")[2]))
        }
        #expect(!hasFailed || (output.isEmpty && lane.room == nil && lane.deadline == nil))
    }
}
