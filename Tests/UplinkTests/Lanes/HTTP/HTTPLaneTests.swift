import Bytes
import Generators
import Peers
import Testing
import Uplink

/// Both lanes over HTTP, fed by hand: what they send and what they make of answers.
@Suite struct HTTPLaneTests {
    private static let wall = Timestamp(milliseconds: 1_700_000_000_000)
    private static let identity = UplinkIdentity(stationID: 7, epoch: "ep", version: "1", token: "tok")

    /// A lane, a clock and the lane's events.
    private struct Line<Lane: UplinkLane> {
        var lane: Lane
        var now = MonotonicTime(milliseconds: 0)
        var events: [UplinkLaneEvent] = []

        init(_ lane: Lane) { self.lane = lane }

        /// The bytes that the lane wants to send.
        mutating func sent() -> String {
            var output: [UInt8] = []
            lane.drainOutput(into: &output)
            return String(decoding: output, as: UTF8.self)
        }

        /// Hands in an answer in pieces of `pieces` bytes.
        mutating func receive(_ text: String, pieces: Int = .max) {
            let bytes = Array(text.utf8)
            for start in stride(from: 0, to: bytes.count, by: min(pieces, bytes.count)) {
                lane.receive(bytes[start..<min(start + min(pieces, bytes.count), bytes.count)].span, now: now)
            }
            collect()
        }

        mutating func answer(_ status: String, _ body: String = "", fields: String = "", pieces: Int = .max) {
            receive(
                "HTTP/1.1 \(status)\r\n\(fields)Content-Length: \(body.utf8.count)\r\n\r\n\(body)", pieces: pieces)
        }

        mutating func ship(_ events: [UplinkEvent]) { lane.ship(events, now: now) }

        mutating func expire(at millis: Int64) {
            now = MonotonicTime(milliseconds: millis)
            lane.expire(now: now)
            collect()
        }

        mutating func collect() { while let event = lane.nextEvent() { events.append(event) } }

        mutating func removeEvents() -> [UplinkLaneEvent] {
            defer { events = [] }
            return events
        }

        var fault: UplinkFault? {
            if case .failed(let fault)? = events.last { fault } else { nil }
        }
    }

    private static func shipping(
        batchMax: UplinkRoom? = nil, position: UplinkPosition? = nil
    ) -> Line<HTTPShippingLane> {
        Line(
            HTTPShippingLane(
                identity, host: "central:80", intervalMillis: 60_000, batchMax: batchMax, position: position,
                wall: wall,
                now: MonotonicTime(milliseconds: 0)))
    }

    private static let known =
        #"{"epoch":"ep","acceptedThrough":"00000000000000000004","time":"2023-11-14T22:13:25.000Z"}"#

    /// A lane that has compared.
    private static func compared() -> Line<HTTPShippingLane> {
        var line = shipping()
        _ = line.sent()
        line.answer("200 OK", known)
        _ = line.removeEvents()
        return line
    }

    private static func events(_ sequences: ClosedRange<UInt64>) -> [UplinkEvent] {
        sequences.map { sequence in
            UplinkEvent(
                ordinal: sequence, sequence: sequence, previous: sequence - 1, id: "ep-\(sequence)",
                type: "support.ticket.created", json: Array("{\"n\":\(sequence)}".utf8))
        }
    }

    private static func padded(_ number: UInt64) -> String {
        let digits = String(number)
        return String(repeating: "0", count: 20 - digits.count) + digits
    }

    private static func accepted(_ number: UInt64) -> String { "{\"acceptedThrough\":\"\(padded(number))\"}" }

    @Test func `it asks what the server has before it ships`() throws {
        var line = Self.shipping()
        let request = line.sent()
        #expect(request.hasPrefix("GET /api/v1/sync/stations/7 HTTP/1.1\r\n"))
        for field in ["Host: central:80", "Authorization: Bearer tok", "Date: Tue, 14 Nov 2023 22:13:20 GMT"] {
            #expect(request.contains("\r\n\(field)\r\n"), "\(field)")
        }
        #expect(line.lane.room == nil)
        line.answer("200 OK", Self.known)
        #expect(line.removeEvents() == [.compared(.everything(through: 4))])
        #expect(line.lane.clockOffsetMillis == 5_000)
        #expect(line.lane.room == UplinkRoom(count: 256, bytes: 262_144))
        line.ship(Self.events(5...6))
        #expect(line.lane.room == nil)
        let post = line.sent()
        #expect(post.hasPrefix("POST /api/v1/sync/stations/7/events HTTP/1.1\r\n"))
        #expect(post.contains("\r\nContent-Type: application/cloudevents-batch+json\r\n"))
        #expect(post.hasSuffix("\r\n\r\n[{\"n\":5},{\"n\":6}]"))
        line.answer("200 OK", Self.accepted(6))
        #expect(line.removeEvents() == [.stored(through: 6)])
        #expect(line.lane.room != nil)
    }

    @Test func `the mark of the last event is passed on`() {
        var line = Self.shipping()
        line.answer(
            "200 OK",
            #"{"epoch":"ep","acceptedThrough":"00000000000000000004","last":{"type":"support.a","time":"then"}}"#)
        #expect(line.lane.remoteMark == UplinkMark(sequence: 4, type: "support.a", time: "then"))
        #expect(Self.compared().lane.remoteMark == nil)
    }

    @Test(arguments: [1, 2, 7, 64]) func `answers may come in any pieces`(_ bytes: Int) {
        var line = Self.shipping()
        line.answer("200 OK", Self.known, pieces: bytes)
        line.ship(Self.events(5...6))
        line.answer("200 OK", Self.accepted(6), pieces: bytes)
        #expect(line.removeEvents() == [.compared(.everything(through: 4)), .stored(through: 6)])
    }

    @Test func `the server's events of another epoch are not ours`() {
        for epoch in ["null", "\"other\""] {
            var line = Self.shipping()
            line.answer("200 OK", #"{"epoch":\#(epoch),"acceptedThrough":"00000000000000000000"}"#)
            #expect(line.removeEvents() == [.compared(.nothing)])
        }
    }

    @Test func `the accepted part of a batch is stored and the rest is sent again`() {
        var line = Self.compared()
        line.ship(Self.events(5...8))
        line.answer("200 OK", Self.accepted(6))
        #expect(line.removeEvents() == [.stored(through: 6), .rewound(to: 6)])
        line.ship(Self.events(7...8))
        line.answer("200 OK", Self.accepted(2))
        #expect(line.removeEvents() == [.rewound(to: 2)])
    }

    @Test func `a gap leads to a rewind`() {
        var line = Self.compared()
        line.ship(Self.events(5...8))
        line.answer("409 Conflict", "{\"expected\":\"\(Self.padded(3))\"}")
        #expect(line.removeEvents() == [.rewound(to: 2)])
    }

    @Test func `a batch that is too large is halved, even if the connection ends`() throws {
        var line = Self.compared()
        line.ship(Self.events(5...8))
        line.answer("413 Content Too Large", fields: "Connection: close\r\n")
        let events = line.removeEvents()
        #expect(events.first == .halved(behind: 4))
        guard case .failed(let fault)? = events.last else { throw PeerFault("the connection did not end") }
        #expect(fault.remedy == .waitSeconds(0))
        #expect(line.lane.batchMax.count == 2)
        // The next connection begins with batches of this size, and they grow again if that goes well.
        var next = Self.shipping(
            batchMax: line.lane.roomForNextConnection(after: fault, hadEventsInFlight: true))
        next.answer("200 OK", Self.known)
        #expect(next.lane.room?.count == 2)
        var sequence: UInt64 = 5
        for _ in 0..<16 {
            next.ship(Self.events(sequence...sequence))
            next.answer("200 OK", Self.accepted(sequence))
            sequence += 1
        }
        #expect(next.lane.room?.count == 4)
        let room = next.lane.roomForNextConnection(after: fault, hadEventsInFlight: false)
        #expect(room?.count == 4)
    }

    @Test func `a single event that is too large is named`() {
        var line = Self.compared()
        line.ship(Self.events(5...5))
        line.answer("413 Content Too Large")
        #expect(line.fault?.remedy == .intervention)
        #expect(line.fault?.message.contains("ep-5") == true)
    }

    @Test func `a server that closes after each answer still gets events`() {
        var line = Self.shipping()
        line.answer("200 OK", Self.known, fields: "Connection: close\r\n")
        #expect(line.removeEvents().first == .compared(.everything(through: 4)))
        var next = Self.shipping(position: .everything(through: 4))
        next.collect()
        #expect(next.removeEvents() == [.compared(.everything(through: 4))])
        #expect(next.sent() == "")
        next.ship(Self.events(5...5))
        next.answer("200 OK", Self.accepted(5), fields: "Connection: close\r\n")
        #expect(next.removeEvents().first == .stored(through: 5))
    }

    @Test func `an answer that does not come is a fault`() {
        var line = Self.shipping()
        line.expire(at: 29_999)
        #expect(line.fault == nil)
        line.expire(at: 30_000)
        #expect(line.fault?.remedy == .backOff)
        // A large batch over a slow line gets more time, and the next one is smaller.
        line = Self.compared()
        let large = UplinkEvent(
            ordinal: 5, sequence: 5, previous: 4, id: "ep-5", type: "support.ticket.created",
            json: [UInt8](repeating: 0x78, count: 81_920))
        line.ship([large, large])
        line.expire(at: 69_000)
        #expect(line.fault == nil)
        line.expire(at: 71_000)
        #expect(line.fault?.message.contains("did not answer in time") == true)
        #expect(line.lane.batchMax == UplinkRoom(count: 1, bytes: 131_072))
    }

    @Test func `a quiet server is asked again`() {
        var line = Self.compared()
        _ = line.sent()
        line.expire(at: 59_000)
        #expect(line.sent() == "")
        line.expire(at: 60_000)
        #expect(line.sent().hasPrefix("GET /api/v1/sync/stations/7 "))
        #expect(line.lane.room == nil)
    }

    @Test func `the reason of a refusal is repeated on one line`() {
        var line = Self.compared()
        line.ship(Self.events(5...5))
        line.answer("400 Bad Request", #"{"statusCode":400,"message":"[0].type must\nbe a string"}"#)
        #expect(line.fault?.message == "the central server answered 400: [0].type must?be a string")
    }

    // MARK: Retry-After

    /// The answer's own `Date` is far from the station's clock (2023) in every row but the last ones.
    private static let waits: [(fields: [String], remedy: UplinkFault.Remedy)] = [
        (["Retry-After: 120"], .waitSeconds(120)),
        (["Retry-After:   120  "], .waitSeconds(120)),
        (["Retry-After: Wed, 21 Oct 2026 07:28:00 GMT", "Date: Wed, 21 Oct 2026 07:26:00 GMT"], .waitSeconds(120)),
        (["Retry-After: Wednesday, 21-Oct-26 07:28:00 GMT", "Date: Wed, 21 Oct 2026 07:26:00 GMT"], .waitSeconds(120)),
        (["Retry-After: Wed Oct 21 07:28:00 2026", "Date: Wed, 21 Oct 2026 07:26:00 GMT"], .waitSeconds(120)),
        (["Retry-After: Wed Oct  7 07:28:00 2026", "Date: Wednesday, 07-Oct-26 07:26:00 GMT"], .waitSeconds(120)),
        (["Retry-After: Wed, 21 Oct 2026 07:28:00 GMT", "Date: Wed Oct 21 07:26:00 2026"], .waitSeconds(120)),
        // Over, now, and nonsense: our own pauses.
        (["Retry-After: Wed, 21 Oct 2026 07:25:59 GMT", "Date: Wed, 21 Oct 2026 07:26:00 GMT"], .backOff),
        (["Retry-After: Wed, 21 Oct 2026 07:26:00 GMT", "Date: Wed, 21 Oct 2026 07:26:00 GMT"], .backOff),
        (["Retry-After: 0"], .backOff), (["Retry-After: -1"], .backOff), (["Retry-After: +5"], .backOff),
        (["Retry-After: 1.5"], .backOff), (["Retry-After: soon"], .backOff), (["Retry-After:"], .backOff),
        (["Retry-After: Wed, 32 Oct 2026 07:28:00 GMT", "Date: Wed, 21 Oct 2026 07:26:00 GMT"], .backOff),
        (["Retry-After: 2026-10-21T07:28:00Z", "Date: Wed, 21 Oct 2026 07:26:00 GMT"], .backOff),
        ([], .backOff),
        // A day is the most.
        (["Retry-After: 86401"], .waitSeconds(86_400)),
        (["Retry-After: 99999999999999999999999"], .waitSeconds(86_400)),
        (["Retry-After: Wed, 21 Oct 2126 07:28:00 GMT", "Date: Wed, 21 Oct 2026 07:26:00 GMT"], .waitSeconds(86_400)),
        // Without a usable `Date` our clock has to do, but a century says that it is wrong.
        (["Retry-After: Tue, 14 Nov 2023 22:14:20 GMT"], .waitSeconds(60)),
        (["Retry-After: Tue, 14 Nov 2023 22:14:20 GMT", "Date: yesterday"], .waitSeconds(60)),
        (["Retry-After: Wed, 21 Oct 2026 07:28:00 GMT"], .backOff),
        (["Retry-After: Wed, 21 Oct 2126 07:28:00 GMT"], .backOff),
        (["Retry-After: Tue, 14 Nov 2023 22:12:20 GMT"], .backOff),
    ]

    @Test(arguments: [
        "429 Too Many Requests", "503 Service Unavailable", "502 Bad Gateway", "504 Gateway Timeout", "500 x",
    ])
    func `Retry-After is understood in all its forms, whatever error it comes with`(_ status: String) {
        for (fields, remedy) in Self.waits {
            let text = fields.map { $0 + "\r\n" }.joined()
            var line = Self.shipping()
            line.answer(status, fields: text)
            #expect(line.fault?.remedy == remedy, "comparing: \(fields)")
            line = Self.compared()
            line.ship(Self.events(5...6))
            line.answer(status, fields: text)
            #expect(line.fault?.remedy == remedy, "shipping: \(fields)")
            var commands = Self.polling()
            commands.answer(status, fields: text)
            #expect(commands.fault?.remedy == remedy, "commands: \(fields)")
        }
    }

    @Test func `a server that has no room for a while is left alone, and gets less then`() {
        var line = Self.compared()
        line.ship(Self.events(5...8))
        line.answer("413 Content Too Large", fields: "Retry-After: 90\r\n")
        #expect(line.fault?.remedy == .waitSeconds(90))
        #expect(line.lane.batchMax.count == 2)
    }

    // MARK: Commands

    private static func polling() -> Line<HTTPCommandLane> {
        Line(
            HTTPCommandLane(
                identity, host: "central:80", after: (4, "c"), wall: wall, now: MonotonicTime(milliseconds: 0)))
    }

    @Test func `commands after the last are fetched once all are acknowledged`() {
        var line = Self.polling()
        #expect(
            line.sent().hasPrefix(
                "GET /api/v1/sync/stations/7/commands?after=4&wait=30&epoch=c&station_epoch="
            ))
        line.answer("200 OK", #"{"epoch":"c","commands":[{"number":6,"id":"c-6"},{"number":9,"id":"c-9"}]}"#, pieces: 3)
        let delivered = line.removeEvents().compactMap { event in
            if case .delivered(let delivery) = event { delivery.number } else { nil }
        }
        #expect(delivered == [6, 9])
        #expect(line.sent() == "")
        line.lane.acknowledge(6, now: line.now)
        #expect(line.sent() == "")
        line.lane.acknowledge(9, now: line.now)
        #expect(line.sent().hasPrefix("GET /api/v1/sync/stations/7/commands?after=9&wait=30&epoch=c&station_epoch="))
        // After an answer without commands the lane asks again.
        line.now = MonotonicTime(milliseconds: 30_000)
        line.answer("200 OK", #"{"epoch":"c","commands":[]}"#)
        #expect(line.sent().hasPrefix("GET "))
    }

    @Test func `a command is delivered byte for byte, since its signature covers that`() {
        let text = #"{ "number" : 6, "data":{"n":1.0,"t":"\u00e9"},  "signature":"00"}"#
        var line = Self.polling()
        line.answer("200 OK", #"{"epoch":"c", "commands": [\#(text) , {"number":7}]}"#, pieces: 3)
        let delivered = line.removeEvents().compactMap { event in
            if case .delivered(let delivery) = event { String(decoding: delivery.json, as: UTF8.self) } else { nil }
        }
        #expect(delivered == [text, #"{"number":7}"#])
    }

    @Test func `a server that does not wait is asked at most once a second`() {
        var line = Self.polling()
        _ = line.sent()
        line.answer("200 OK", #"{"epoch":"c","commands":[]}"#)
        #expect(line.sent() == "")
        line.expire(at: 999)
        #expect(line.sent() == "")
        line.expire(at: 1_000)
        #expect(line.sent().hasPrefix("GET "))
    }

    @Test func `another central server is asked from the first command on`() {
        var line = Self.polling()
        _ = line.sent()
        line.answer("200 OK", #"{"epoch":"d","commands":[{"number":2,"id":"d-2"}]}"#)
        line.lane.acknowledge(2, now: line.now)
        #expect(line.sent().contains("commands?after=2&wait=30&epoch=d&"))
    }

    @Test func `numbers that do not rise end the connection`() {
        for numbers in ["4", "6},{\"number\":6", "9},{\"number\":7", "99999999999999999999", "-1", "1.5", "\"7\""] {
            var line = Self.polling()
            line.answer("200 OK", #"{"epoch":"c","commands":[{"number":\#(numbers)}]}"#)
            #expect(line.fault?.message.contains("do not rise") == true, "\(numbers)")
        }
    }

    @Test func `random answers never trap`() {
        var generator = RepeatableGenerator.announced("HTTPLanes")
        var failed = 0
        for _ in 0..<2_000 {
            var line = Self.shipping()
            var text = Array("HTTP/1.1 200 OK\r\nContent-Length: \(Self.known.utf8.count)\r\n\r\n\(Self.known)".utf8)
            for _ in 0..<Int.random(in: 0...6, using: &generator) {
                let place = Int.random(in: 0..<text.count, using: &generator)
                text[place] = UInt8.random(in: 0...255, using: &generator)
            }
            line.lane.receive(text.span, now: line.now)
            line.collect()
            if line.lane.room != nil { line.ship(Self.events(5...6)) }
            line.lane.receive(text.span, now: line.now)
            line.lane.inputClosed(now: line.now)
            line.collect()
            _ = line.sent()
            if line.fault != nil { failed += 1 }
        }
        #expect(failed == 2_000)
    }
}
