import Bytes
import NATS
import Uplink

// The first byte chooses how much of the journal is left, and, for NATS, whether the lane is already open. Then each
// step is a byte for what happens, followed by its data: bytes of the server with their length before them, an answer
// to a request by its number, or a time.

extension FuzzMachine {
    private static let identity = UplinkIdentity(stationID: 7, epoch: "e-1", version: "1", token: "t")

    /// The lane over NATS.
    static let natsLane = FuzzMachine(
        "nats-lane", bytesMax: 700,
        words: NATSWords.all,
        seeds: {
            func answer(_ token: UInt8, _ text: String) -> [UInt8] {
                [1, token, UInt8(truncatingIfNeeded: text.utf8.count)] + [UInt8](text)
            }
            func raw(_ text: String) -> [UInt8] { [0, UInt8(truncatingIfNeeded: text.utf8.count)] + [UInt8](text) }
            let stored = answer(5, NATSWords.answers[3]) + answer(6, NATSWords.answers[3])
            let command = "MSG stations.7.commands 1 $JS.ACK.STATIONS.c.1.5.5.0.0 2\r\n{}\r\n"
            return [
                [1, 3, 3] + stored, [1] + raw(command) + [5] + raw(command),
                [0] + raw(NATSWords.information) + raw("PONG\r\n")
                    + answer(1, NATSWords.answers[0]) + answer(2, NATSWords.answers[6])
                    + answer(3, NATSWords.answers[5]),
                [0] + raw(NATSWords.information) + raw("PONG\r\n") + answer(1, NATSWords.answers[1])
                    + answer(2, NATSWords.answers[0]),
                [1, 2, 3, 4, 6, 30, 6, 200, 3, 4, 40], [9, 3, 3, 3] + stored + answer(7, NATSWords.answers[4]),
                [1] + raw("-ERR 'Slow Consumer'\r\n"), [1] + raw("INFO {\"headers\":true,\"ldm\":true}\r\n"),
            ] + (0..<7).map { [1, 2, 4, $0, 2, 3, $0] }
        },
        body: { bytes in
            var input = FuzzInput(bytes)
            let choice = input.byte()
            var generator = FuzzGenerator(seed: 1)
            var copy = generator
            let inbox = NATSInbox(using: &copy)
            let lane = NATSLane(
                identity: identity, now: MonotonicTime(milliseconds: 0), using: &generator)
            var owner = UplinkOwner(lane, first: UInt64(choice >> 2) % 13 + 1)
            func answer(_ token: UInt8, _ payload: [UInt8], headers: String = "") {
                let subject = inbox.subject(UInt64(token)).text
                let block = [UInt8](headers)
                let counts = block.isEmpty ? "\(payload.count)" : "\(block.count) \(block.count + payload.count)"
                owner.receive(
                    [UInt8]("\(block.isEmpty ? "MSG" : "HMSG") \(subject) 1 \(counts)\r\n") + block + payload + [
                        13, 10,
                    ])
            }
            if choice & 1 != 0 {
                owner.receive([UInt8](NATSWords.information) + [UInt8]("PONG\r\n"))
                for (token, place) in [0, 2, 5].enumerated() {
                    answer(UInt8(token + 1), [UInt8](NATSWords.answers[place]))
                }
            }
            while !input.isAtEnd {
                switch input.byte() % 8 {
                case 0: owner.receive(input.piece())
                case 1: answer(input.byte(), input.piece())
                case 2:
                    let token = input.byte()
                    let status = NATSWords.statuses[input.number(below: NATSWords.statuses.count)]
                    answer(token, [], headers: "NATS/1.0 \(status)\r\n\r\n")
                case 3: owner.ship()
                case 4: owner.grow()
                case 5: owner.acknowledge()
                case 6: owner.wait(millis: Int64(input.byte()) * 100)
                default: owner.end()
                }
            }
        })

    /// The lanes over HTTP: the one that ships, or, if bit 0 of the first byte is set, the one that fetches commands.
    static let httpLanes = FuzzMachine(
        "http-lanes", bytesMax: 700,
        words: HTTPWords.all + [
            "{\"acceptedThrough\":\"00000000000000000003\",\"epoch\":\"e-1\"}", "\"expected\":\"00000000000000000001\"",
            "00000000000000000012",
            "{\"epoch\":\"c\",\"commands\":[{\"number\":1}]}", "9007199254740992",
            "\"last\":{\"type\":\"a\",\"time\":\"b\"}",
        ],
        seeds: { laneSeeds() },
        body: { bytes in
            var input = FuzzInput(bytes)
            let choice = input.byte()
            let now = MonotonicTime(milliseconds: 0)
            let wall = UplinkOwner<HTTPShippingLane>.wall
            if choice & 1 == 0 {
                let lane = HTTPShippingLane(
                    identity, host: "h", intervalMillis: 60_000,
                    batchMax: choice & 2 == 0 ? nil : UplinkRoom(count: 2, bytes: 100),
                    position: choice & 4 == 0 ? nil : .everything(through: 3), wall: wall, now: now)
                var owner = UplinkOwner(lane, first: UInt64(choice >> 3) % 13 + 1)
                converse(&owner, &input)
            } else {
                let lane = HTTPCommandLane(
                    identity, host: "h", after: choice & 2 == 0 ? nil : (4, choice & 4 == 0 ? "c" : ""), wall: wall,
                    now: now)
                var owner = UplinkOwner(lane, first: 1)
                converse(&owner, &input)
            }
        })

    private static func converse(_ owner: inout UplinkOwner<some UplinkLane>, _ input: inout FuzzInput) {
        while !input.isAtEnd {
            switch input.byte() % 8 {
            case 0: owner.receive(input.piece())
            case 1, 2:
                let body = input.piece()
                owner.receive([UInt8]("HTTP/1.1 200 OK\r\nContent-Length: \(body.count)\r\n\r\n") + body)
            case 3:
                let code = 100 + input.long() % 500
                let body = input.piece()
                owner.receive([UInt8]("HTTP/1.1 \(code) \r\nContent-Length: \(body.count)\r\n\r\n") + body)
            case 4: owner.ship()
            case 5: owner.acknowledge()
            case 6: owner.wait(millis: Int64(input.byte()) * 400)
            default: if input.byte() & 1 == 0 { owner.grow() } else { owner.end() }
            }
        }
    }

    private static func laneSeeds() -> [[UInt8]] {
        func answer(_ text: String) -> [UInt8] { [1, UInt8(truncatingIfNeeded: text.utf8.count)] + [UInt8](text) }
        func answer(_ code: Int, _ text: String) -> [UInt8] {
            let number = code - 100
            return [3, UInt8(number >> 8), UInt8(number & 255), UInt8(truncatingIfNeeded: text.utf8.count)]
                + [UInt8](text)
        }
        func place(_ sequence: Int, _ epoch: String = "e-1") -> [UInt8] {
            let digits = String(repeating: "0", count: 20 - "\(sequence)".utf8.count) + "\(sequence)"
            return answer(
                "{\"acceptedThrough\":\"\(digits)\",\"epoch\":\"\(epoch)\",\"time\":\"2025-01-12T10:30:01.800Z\","
                    + "\"last\":{\"type\":\"a\",\"time\":\"b\"}}")
        }
        let expected = "{\"expected\":\"00000000000000000002\"}"
        let commands = "{\"epoch\":\"c\",\"commands\":[{\"number\":5,\"id\":\"a\"},{\"number\":9}]}"
        return [
            [0] + place(0) + [4] + place(3) + [4] + place(7) + [4, 6, 255],
            [0] + place(0, "x") + [4] + answer(409, expected) + [4],
            [2] + place(3) + [4] + answer(413, "{}") + [4] + answer(413, ""), [4, 4] + place(5),
            [24] + place(1) + [4, 4, 4] + place(12),
            [96] + place(0) + [4] + place(0) + [4] + place(12) + [4], [0] + answer(503, "{}"),
            [0] + answer(410, "") + [7, 1],
            [0] + place(13), [0] + place(0) + [4] + answer(202, "") + [6, 100],
            [1] + answer(commands) + [5, 5] + answer(commands),
            [3] + answer("{\"epoch\":\"c\",\"commands\":[]}") + [6, 10] + answer("{\"epoch\":\"d\",\"commands\":[]}"),
            [7] + answer("{\"epoch\":\"c\",\"commands\":[{\"number\":18446744073709551615}]}"),
            [0, 0, 20] + [UInt8](HTTPWords.responses[0]),
        ]
    }
}
