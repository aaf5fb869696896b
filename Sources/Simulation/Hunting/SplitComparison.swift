import Bytes
import HTTP
import JSON
import Server
import WebSocket

/// Sends the same bytes, cut in different places: the answers must be the same, byte for byte.
///
/// The station's clock stands still, so that the times in the answers do not differ.
public struct SplitComparison {
    /// Where the bytes are cut on their way.
    enum Cut: CaseIterable {
        case whole, everyByte, somewhere

        func apply(to road: Road) {
            switch self {
            case .whole: break
            case .everyByte: road.singleBytePercent = 100
            case .somewhere: road.cutPercent = 100
            }
        }
    }

    private let seed: UInt64

    /// Creates the comparison for the conversations that follow from a seed.
    public init(seed: UInt64) { self.seed = seed }

    /// Makes the comparison. Returns nil if all answers are the same.
    public func failure() -> Failure? {
        var first: [[UInt8]]?
        for cut in Cut.allCases {
            let world = World(seed: seed)
            let answers = answers(to: conversations(), cut, world)
            if let failure = world.failure { return failure }
            if answers[0].isEmpty || answers[1].isEmpty {
                return Failure(kind: .split, text: "seed \(seed): cut \(cut), nothing is answered", at: world.now)
            }
            if let first, first != answers {
                let number = zip(first, answers).firstIndexDiffering
                return Failure(
                    kind: .split,
                    text: "seed \(seed): conversation \(number), cut \(cut), is answered "
                        + "\(Self.text(answers[number])), not \(Self.text(first[number]))", at: 0)
            }
            first = first ?? answers
        }
        return nil
    }

    private static func text(_ bytes: [UInt8]) -> String {
        let visible = bytes.suffix(600).map { (0x20..<0x7F).contains($0) || $0 == 0x0A ? $0 : 0x2E }
        return String(decoding: visible, as: UTF8.self)
    }

    /// The answers to the conversations, which are held one after the other, each over its own connection.
    private func answers(to conversations: [[UInt8]], _ cut: Cut, _ world: World) -> [[UInt8]] {
        let internet = Internet(world)
        internet.makeRoad = {
            let road = Road()
            road.jitterMicros = 0
            cut.apply(to: road)
            return road
        }
        var configuration = Configuration()
        configuration.limits.bodyBytesMax = 20_000
        configuration.limits.payloadBytesMax = 10_000
        let station = Appliance("station", at: Run.stationAddress, configuration, world, internet, bug: nil)
        station.clockStandsStill = true
        station.turnMicrosMax = 20
        station.start()
        let user: JSONValue = [
            "email": "driver@example.com", "username": "driver", "role": "driver", "password_hash": "$y$",
        ]
        _ = station.control(.post, "/users", user)
        let token = station.control(.post, "/tokens", ["user": "driver@example.com"])["access_token"]?.stringValue ?? ""
        let answers = conversations.map { bytes in
            // The token is known only now.
            send(Self.replace(bytes, with: token), world, internet)
        }
        internet.dismantle()
        world.dismantle()
        return answers
    }

    private func send(_ bytes: [UInt8], _ world: World, _ internet: Internet) -> [UInt8] {
        var received: [UInt8] = []
        var rest = bytes[...]
        var line: WireEnd?
        internet.connect(from: .ipv4(0x0A00_0050), to: Run.stationAddress, port: Appliance.port) { outcome in
            guard case .success(let end) = outcome else { return }
            line = end
            end.onReady = { [unowned end] in
                if !rest.isEmpty, let count = end.send(Array(rest)) { rest = rest.dropFirst(count) }
                while let bytes = end.receive(4096), !bytes.isEmpty { received += bytes }
            }
            end.onReady()
        }
        // The wait is shorter than every timer of the station; while its clock stands still no timer would fire anyway.
        world.run(until: world.now + 400_000)
        line?.close(reset: false)
        world.run(until: world.now + 20_000)
        return received
    }

    // MARK: Conversations

    private static let tokenMark = Array("TOKEN".utf8)

    private static func replace(_ bytes: [UInt8], with token: String) -> [UInt8] {
        var result: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if bytes[index...].starts(with: tokenMark) {
                result += Array(token.utf8)
                index += tokenMark.count
            } else {
                result.append(bytes[index])
                index += 1
            }
        }
        return result
    }

    /// Pipelined requests, a WebSocket with fragments and control frames, and requests followed by garbage.
    private func conversations() -> [[UInt8]] {
        var random = SeededGenerator(seed: seed)
        return [requests(&random), webSocket(&random), requests(&random) + garbage(&random)]
    }

    private func requests(_ random: inout SeededGenerator) -> [UInt8] {
        var bytes: [UInt8] = []
        for number in 0..<random.number(1...6) {
            let body = Array("{\"user_id\":1,\"description\":\"ticket \(number)\"}".utf8)
            switch random.number(0...4) {
            case 0: bytes += Self.head("GET /api/v1/support/\(random.number(0...3))")
            case 1: bytes += Self.head("POST /api/v1/support", "Content-Length: \(body.count)\r\n") + body
            case 2:
                bytes += Self.head("POST /api/v1/support", "Transfer-Encoding: chunked\r\n")
                let middle = random.number(1...(body.count - 1))
                for part in [body[..<middle], body[middle...]] {
                    bytes += Array("\(String(part.count, radix: 16));x=y\r\n".utf8) + part + [0x0D, 0x0A]
                }
                bytes += Array("0\r\nTrailer: none\r\n\r\n".utf8)
            case 3: bytes += Self.head("GET /socket.io/?EIO=4&transport=polling")
            default: bytes += Array("\r\n".utf8) + Self.head("OPTIONS /api/v1/support", "Origin: http://x\r\n")
            }
        }
        return bytes
    }

    private static func head(_ line: String, _ more: String = "") -> [UInt8] {
        let fields = "Host: station\r\nAuthorization: Bearer TOKEN\r\nContent-Type: application/json\r\n"
        return Array("\(line) HTTP/1.1\r\n\(fields)\(more)\r\n".utf8)
    }

    private func webSocket(_ random: inout SeededGenerator) -> [UInt8] {
        var bytes = Self.head(
            "GET /notifications",
            "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                + "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n")
        for _ in 0..<random.number(1...8) {
            let text = Array("{\"event\":\"notifications:list\",\"data\":{\"limit\":\(random.number(0...5))}}".utf8)
            let key = UInt32(truncatingIfNeeded: random.next())
            switch random.number(0...3) {
            case 0:
                let middle = random.number(0...text.count)
                WebSocketFrame.encode(.text, Array(text[..<middle]), isFinal: false, maskingKey: key, into: &bytes)
                WebSocketFrame.encode(.ping, [1, 2], maskingKey: key &+ 1, into: &bytes)
                WebSocketFrame.encode(.continuation, Array(text[middle...]), maskingKey: key &+ 2, into: &bytes)
            case 1:
                WebSocketFrame.encode(.ping, Array(text.prefix(random.number(0...60))), maskingKey: key, into: &bytes)
            default: WebSocketFrame.encode(.text, text, maskingKey: key, into: &bytes)
            }
        }
        if random.chance(50) { return bytes + garbage(&random) }
        WebSocketFrame.encode(.close, [0x03, 0xE8], maskingKey: 7, into: &bytes)
        return bytes
    }

    private func garbage(_ random: inout SeededGenerator) -> [UInt8] {
        (0..<random.number(1...40)).map { _ in random.number(0...255) }
    }
}

extension Zip2Sequence where Sequence1 == [[UInt8]], Sequence2 == [[UInt8]] {
    /// The index of the first pair whose elements differ; 0 if there is none.
    fileprivate var firstIndexDiffering: Int { enumerated().first { $0.element.0 != $0.element.1 }?.offset ?? 0 }
}
