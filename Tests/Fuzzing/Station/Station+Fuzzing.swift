import Bytes
import Crypto
import Domain
import Gateway
import HTTP
import JSON
import Platform
import Server
import Store
import WebSocket

// The first byte chooses the station: bit 0 makes it a central server too, bits 1 and 2 choose its upstream, and bit 3
// skips the restart at the end. Then each step is a byte for what happens, followed by its data. Bytes from peers have
// their length before them.

extension FuzzMachine {
    /// The whole station over a disk and a network in memory, with input from clients, members of its fleet, the
    /// operator, child processes and the central server. A restart at the end must give the same station.
    static let station = FuzzMachine(
        "station", bytesMax: 2500,
        words: HTTPWords.all + [
            "/api/v1/support", "/api/v1/users", "/api/v1/stations/", "/api/v1/notifications", "/api/v1/fleet",
            "/api/v1/sync/stations/7", "/events",
            "/commands?after=0&wait=1", "/control/v1/users", "/control/v1/fleet", "/socket.io/?EIO=4&transport=polling",
            "/notifications", "?limit=1&cursor=",
            "Idempotency-Key: k\r\n", "Content-Type: application/json\r\n",
            "{\"event\":\"notifications:list\",\"data\":{}}", "40/notifications,",
            "42/notifications,1[\"notifications:read\",{\"through\":\"here-40\"}]", "\"after\":\"here-3\"", "3",
            "2probe", "5",
        ],
        seeds: { StationSteps.seeds },
        body: { bytes in
            guard var steps = StationSteps(bytes) else { return expect(false, "a sound data directory can be opened") }
            steps.run()
            steps.stop()
            if steps.restarts { steps.restart() }
        })

    /// The whole station on a data directory with any content: files in the format of the journal's inputs replace
    /// those of a sound directory, and then clients ask for everything.
    static let dataDirectory = FuzzMachine(
        "data-directory", bytesMax: 2048, words: journal.words + stationWords,
        seeds: { journal.seeds() + documents.seeds() },
        body: { bytes in
            guard var steps = StationSteps(StationSteps.everything, over: directory(bytes)) else { return }
            steps.run()
            steps.stop()
            steps.restart()
        })
}

/// A running station and the steps of an input that happen to it.
struct StationSteps {
    private static let secret: [UInt8] = Array(0..<32)
    private static let start = DeskScene.time.advanced(byMilliseconds: 60_000)

    private var input: FuzzInput
    private let disk = FuzzDisk()
    private let network: FuzzNetwork
    private var options: StationService.Options
    private let service: StationService
    private let gateway: EventLoop
    let restarts: Bool
    private let isSound: Bool
    private var connections: [ConnectionID] = []
    private var isRunning = true
    /// The position of the step's connection, counted back from the newest.
    private var age = 0

    /// Starts a station; nil if its data directory has an unknown format.
    ///
    /// - Parameter changes: files that replace those of a sound data directory.
    init?(_ bytes: [UInt8], over changes: FuzzDisk? = nil) {
        isSound = changes == nil
        input = FuzzInput(bytes)
        let choice = input.byte()
        restarts = choice & 8 == 0
        let now = Moment(wall: Self.start, monotonic: MonotonicTime(milliseconds: 1_000_000))
        network = FuzzNetwork(now: now)
        for (path, content) in Self.files { disk.put(path, content) }
        for path in changes?.paths ?? [] { disk.put(path, changes?.bytes(path) ?? []) }
        var configuration = Configuration()
        configuration.limits.segmentBytes = 32 * 1024
        configuration.limits.connectionsPerAddressMax = 6
        configuration.limits.bodyBytesMax = 8192
        // Everybody comes through a trusted proxy, or nobody does.
        if choice & 16 != 0 { configuration.listenProxies = [IPNetwork(text: "192.0.2.9")].compactMap { $0 } }
        configuration.isCentral = choice & 1 != 0
        let urls = [[], ["http://192.0.2.1"], ["nats://192.0.2.1", "nats://a.b"], ["http://a.b"]][Int(choice >> 1) % 4]
        configuration.upstream.urls = urls.compactMap { UpstreamURL($0) }
        configuration.upstream.token = "t"
        options = StationService.Options(
            configuration: configuration, secret: Self.secret, newEpoch: "here",
            readConfiguration: { () throws(ConfigurationFault) in Configuration() })
        guard let service = Self.open(disk, &options, now) else { return nil }
        self.service = service
        gateway = EventLoop(
            network: network, service: service.handlers, settings: GatewaySettings(configuration),
            log: Log(level: .debug), random: FuzzGenerator(seed: 5), now: now)
        _ = try? gateway.listen(on: .tcp(host: "127.0.0.1", port: 0))
        _ = try? gateway.listen(on: .unix(path: "control.sock"), for: .control)
        turn()
    }

    /// Opens any data directory; nil if its format is unknown. Where the state is unknown, that is accepted.
    private static func open(
        _ disk: FuzzDisk, _ options: inout StationService.Options, _ now: Moment
    ) -> StationService? {
        while true {
            do throws(StoreError) {
                return try StationService(disk: disk, options: options, now: now)
            } catch {
                switch error {
                case .unknownFormat: return nil
                case .stateUnknown where !options.acceptsLoss:
                    options.acceptsLoss = true
                    disk.endProcess()
                default: fatalError("any data directory can be opened: \(error)")
                }
            }
        }
    }

    private static let files: [(String, [UInt8])] =
        DeskScene.documents.map { ($0.path.text, $0.content.encoded()) } + [
            ("station.json", [UInt8]("{\"format\":1,\"station_id\":1,\"epoch\":\"here\"}")),
            ("journal/00000000000000000001.log", journal),
            ("cursors/checkpointer.json", [UInt8]("{\"sequence\":\(DeskScene.furnished.desk.lastSequence)}")),
        ]

    /// The records that made the documents, so that clients can catch up.
    private static let journal: [UInt8] = {
        var bytes: [UInt8] = []
        let header = [UInt8]("{\"journal\":1,\"epoch\":\"here\",\"first\":1}")
        for json in [header] + DeskScene.furnished.records {
            let line = [0x20] + json
            bytes.append(hex: CRC32C.checksum(line))
            bytes += line + [0x0A]
        }
        return bytes
    }()

    private static let tokens: [String] = (Int64(1)...3).map { user in
        let issued = start.seconds
        return JWT.sign(
            claims: ["sub": .integer(user), "iat": .integer(issued), "exp": .integer(issued + 864_000)], secret: secret)
    }

    // MARK: Steps

    mutating func run() {
        while !input.isAtEnd, isRunning {
            step()
            for _ in 0..<3 where isRunning { turn() }
        }
    }

    private mutating func turn() {
        do throws(ServiceFailure) {
            isRunning = try gateway.turn()
        } catch {
            expect(false, "a commit on a sound disk succeeds: \(error)")
        }
    }

    private mutating func step() {
        let step = input.byte()
        age = Int(step >> 4)
        switch step & 15 {
        case 0: connections.append(network.open(at: ListenerID(rawValue: input.byte() > 200 ? 1 : 0)))
        case 1: sendFromPeer { $0.piece() }
        case 2: sendFromPeer { Self.request(&$0) }
        case 3: sendFromPeer { Self.frame(&$0) }
        case 4: if let connection { network.end(connection) }
        case 5: wait(Int64(input.byte()) * 100)
        case 6: endChild()
        case 7: for id in network.outgoing.prefix(1) { network.send(input.piece(), from: id) }
        case 8:
            let body = input.piece()
            let head = [UInt8]("HTTP/1.1 200 OK\r\nContent-Length: \(body.count)\r\n\r\n")
            for id in network.outgoing.dropFirst(Int(input.byte() & 1)).prefix(1) {
                network.send(head + body, from: id)
            }
        case 9: for id in network.outgoing.prefix(1) { network.end(id) }
        case 10: if let connection { network.stall(connection, input.byte() & 1 == 0) }
        case 11: network.signal(input.byte() < 250 ? .reload : .terminate)
        case 12:
            let line = "POST /socket.io/?EIO=4&transport=polling&sid=\(network.session) HTTP/1.1\r\nHost: a\r\n"
            sendFromPeer { [UInt8](line) + Self.content($0.piece()) }
        case 13:
            let line = "GET /socket.io/?EIO=4&transport=polling&sid=\(network.session) HTTP/1.1\r\nHost: a\r\n\r\n"
            sendFromPeer { _ in [UInt8](line) }
        default:
            for id in network.outgoing.prefix(1) { network.send([UInt8](NATSWords.information + "PONG\r\n"), from: id) }
        }
    }

    /// The step's connection: the newest, or as much older as the step's byte says.
    private var connection: ConnectionID? { connections.dropLast(age).last ?? connections.last }

    private mutating func sendFromPeer(_ bytes: (inout FuzzInput) -> [UInt8]) {
        if connections.isEmpty { connections.append(network.open(at: ListenerID(rawValue: 0))) }
        let content = bytes(&input)
        if let connection { network.send(content, from: connection) }
    }

    private mutating func wait(_ millis: Int64) {
        network.now.wall = network.now.wall.advanced(byMilliseconds: millis)
        network.now.monotonic = network.now.monotonic.advanced(byMilliseconds: millis)
    }

    /// The oldest child does its job and ends, with its proper output or with one from the input.
    private mutating func endChild() {
        let choice = input.byte()
        guard let (id, job) = network.child else { return }
        var output: JSONValue = ["done": true]
        switch job {
        case .checkpoint(let behind, let through, _):
            do throws(StoreError) {
                _ = try StationCheckpoint.run(disk, behind: behind, through: through)
            } catch {
                expect(false, "a checkpoint succeeds: \(error)")
            }
        case .prepareSegment(let bytes): try? SegmentPreparation.run(disk, bytes: bytes)
        case .hashPassword: output = ["hash": "$y$hash"]
        case .verifyPassword: output = ["match": .bool(choice & 2 == 0)]
        }
        network.send(choice & 1 == 0 ? output.encoded() : input.piece(), from: id)
        network.end(id)
    }

    /// Tells the station to stop, which it must do in time whatever is open. A build with AddressSanitizer then finds
    /// the memory that closed connections have left.
    mutating func stop() {
        network.signal(.terminate)
        for _ in 0..<4 where isRunning {
            turn()
            wait(6_000)
        }
        expect(!isRunning, "the station stops in time")
        expect(network.sentBytes < 64 << 20, "answers have a reasonable size")
    }

    /// Starts the station again, which must give the same state.
    mutating func restart() {
        do throws(StoreError) {
            try service.finish(now: network.now)
        } catch {
            expect(false, "the last checkpoint succeeds: \(error)")
        }
        let dump = service.desk.dump()
        disk.endProcess()
        do throws(StoreError) {
            let again = try StationService(disk: disk, options: options, now: network.now)
            let isDamaged = again.findings.contains { $0.severity == .damage }
            expect(!isSound || !isDamaged, "a restart finds no damage: \(again.findings)")
            let dumpAgain = again.desk.dump()
            expect(
                isSound ? dumpAgain == dump : dumpAgain.withoutCounters == dump.withoutCounters,
                "a restart gives the same state\n\(difference(dumpAgain, dump))")
        } catch {
            expect(false, "a station can be restarted: \(error)")
        }
    }

    /// The lines that only one of the texts has.
    private func difference(_ left: [UInt8], _ right: [UInt8]) -> String {
        let (left, right) = (Set(left.split(separator: 0x0A)), Set(right.split(separator: 0x0A)))
        let lines =
            left.subtracting(right).map { "+ " + String(decoding: $0, as: UTF8.self) }
            + right.subtracting(left).map { "- " + String(decoding: $0, as: UTF8.self) }
        return lines.sorted().joined(separator: "\n")
    }

    // MARK: Requests and frames

    static let targets = [
        "GET /api/v1/support", "POST /api/v1/support", "PATCH /api/v1/support/1", "DELETE /api/v1/support/1",
        "POST /api/v1/support/1/comments",
        "GET /api/v1/support/1/history", "PATCH /api/v1/support/1/rating", "GET /api/v1/notifications",
        "POST /api/v1/notifications/read-all",
        "POST /api/v1/users", "PATCH /api/v1/users/2", "DELETE /api/v1/users/3", "POST /api/v1/stations",
        "PATCH /api/v1/stations/1", "GET /api/v1/status",
        "POST /api/v1/auth/login", "PATCH /api/v1/auth/password", "POST /api/v1/auth/refresh", "GET /api/v1/fleet",
        "POST /api/v1/stations/7/commands",
        "GET /api/v1/stations/7/support", "PATCH /api/v1/stations/7/support/1", "POST /api/v1/sync/stations/7/events",
        "GET /api/v1/sync/stations/7",
        "GET /api/v1/sync/stations/7/commands?after=0&wait=1", "GET /metrics", "GET /readyz",
        "GET /socket.io/?EIO=4&transport=polling",
        "GET /socket.io/?EIO=4&transport=websocket", "GET /notifications", "GET /main.js", "POST /control/v1/users",
        "POST /control/v1/fleet",
        "PATCH /api/v1/notifications/here-8", "DELETE /api/v1/stations/7/commands/17",
        "GET /api/v1/fleet/support?limit=1", "POST /control/v1/tokens",
        "GET /control/v1/stations", "POST /control/v1/stations", "PATCH /control/v1/users/2",
        "PUT /control/v1/users/2/password", "PUT /control/v1/fleet/7/token", "DELETE /control/v1/fleet/7",
        "GET /api/v1/stations/7/support/1/comments", "POST /api/v1/stations/7/support/1/comments",
        "GET /api/v1/stations/7/support/1/history", "GET /api/v1/stations/7/commands",
        "GET /api/v1/support/status/open",
        "GET /api/v1/fleet/7", "POST /api/v1/support/bulk", "GET /api/v1/support/counts", "GET /api/v1/support/report",
        "GET /api/v1/support.csv?sort=urgent_first", "GET /api/v1/support/1/receipts", "POST /api/v1/answers",
        "PATCH /api/v1/answers/2", "DELETE /api/v1/answers/2", "PATCH /api/v1/auth/me", "GET /api/v1/sessions",
        "GET /api/v1/settings", "GET /api/v1/support?sort=changed&limit=1",
    ]

    /// A request: a byte for the target, one for the caller and the length of a suffix of the path, the suffix, and the
    /// content with its length in two bytes before it.
    private static func request(_ input: inout FuzzInput) -> [UInt8] {
        let target = targets[input.number(below: targets.count)]
        let choice = input.byte()
        let suffix = input.next(Int(choice >> 3))
        var head = [UInt8](target) + suffix + [UInt8](" HTTP/1.1\r\nHost: a\r\n")
        switch choice % 8 {
        case 0...2: head += [UInt8]("Authorization: Bearer \(tokens[Int(choice % 8)])\r\n")
        case 3: head += [UInt8]("Authorization: Bearer station-token\r\n")
        case 4: head += [UInt8]("Authorization: Bearer \(tokens[0])\r\nIdempotency-Key: k\r\nIf-Match: \"1-5\"\r\n")
        default: break
        }
        if target.hasSuffix("websocket") || target.hasSuffix("/notifications") && choice % 8 > 4 {
            head += [UInt8](
                "Connection: Upgrade\r\nUpgrade: websocket\r\n"
                    + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
            )
            return head
        }
        let type = target.hasSuffix("/events") ? "application/cloudevents-batch+json" : "application/json"
        guard !target.hasPrefix("GET") else { return head + [13, 10] }
        return head + [UInt8]("Content-Type: \(type)\r\n") + content(input.next(input.long() % 4096))
    }

    private static func content(_ body: [UInt8]) -> [UInt8] { [UInt8]("Content-Length: \(body.count)\r\n\r\n") + body }

    /// A masked frame: a byte for the opcode, then the payload. A token replaces the first `T` of a text.
    private static func frame(_ input: inout FuzzInput) -> [UInt8] {
        let opcode = [WebSocketOpcode.text, .binary, .ping, .pong, .close][input.number(below: 5)]
        var payload = Array(input.piece().prefix(125))
        if opcode == .text, let place = payload.firstIndex(of: 0x54) {
            payload.replaceSubrange(place...place, with: tokens[Int(payload.count) % 3].utf8)
        }
        var frame: [UInt8] = []
        WebSocketFrame.encode(opcode, payload, maskingKey: 0x0102_0304, into: &frame)
        return frame
    }
}
