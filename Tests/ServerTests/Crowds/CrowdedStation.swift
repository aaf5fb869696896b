import Bytes
import Domain
import Gateway
import HTTP
import JSON
import Platform
import Simulation
import Store
import Testing

@testable import Fuzzing
@testable import Gateway
@testable import Server

/// A station with clients from many addresses, over a disk and a network in memory. Time passes when a test says so,
/// and child processes end when it lets them.
final class CrowdedStation {
    let network: FuzzNetwork
    let service: StationService
    let loop: EventLoop
    private let listener = ListenerID(rawValue: 0)

    /// User 1 is a driver, user 2 an admin.
    init(_ change: (inout Limits) -> Void = { _ in }, configure: (inout Configuration) -> Void = { _ in }) throws {
        var options = StationService.Options(
            configuration: Configuration(), secret: Array(0..<32), newEpoch: "here")
        options.configuration.metricsCachedSeconds = 0
        configure(&options.configuration)
        change(&options.configuration.limits)
        #expect(options.configuration.limits.validate().isEmpty)
        network = FuzzNetwork(now: StoredStation.start)
        service = try StationService(disk: MemoryDisk(), options: options, now: network.now)
        loop = EventLoop(
            network: network, service: service.handlers, settings: GatewaySettings(options.configuration), log: Log(),
            random: SystemRandomNumberGenerator(), now: network.now)
        _ = try loop.listen(on: .tcp(host: "127.0.0.1", port: 0))
        for (name, role) in [("driver", Role.driver), ("admin", .admin)] {
            let draft = UserDraft(username: name, email: "\(name)@example.com", password: "password", role: role)
            let hash = "$y$hash"
            _ = try service.durable.execute(.createUser(draft, passwordHash: hash), by: .operator, now: network.now)
        }
        try service.commit()
    }

    // MARK: Time

    func wait(_ millis: Int64) { network.now.monotonic = network.now.monotonic.advanced(byMilliseconds: millis) }

    /// Turns the loop some times, a millisecond apart.
    func turn(_ count: Int = 1) throws {
        for _ in 0..<count {
            wait(1)
            #expect(try loop.turn())
        }
    }

    // MARK: Clients

    static func address(_ site: UInt64) -> PeerAddress { PeerAddress(.ipv4(0xC000_0200 &+ UInt32(site))) }

    /// Opens a connection, which the next turn accepts, and records what it is sent.
    func connect(_ site: UInt64) -> ConnectionID { connect(from: Self.address(site)) }

    /// The same from any address.
    func connect(from address: PeerAddress) -> ConnectionID {
        let id = network.open(at: listener, from: address)
        network.record(id)
        return id
    }

    func token(_ user: Int) throws -> String {
        let request = try HTTPRequest(
            method: .post, target: "/control/v1/tokens", body: Array("{\"user\":\(user)}".utf8))
        let answer = try JSONParser.parse(service.control(request, now: network.now).body)
        return try #require(answer["access_token"]?.stringValue)
    }

    func send(_ text: String, from id: ConnectionID) { network.send(Array(text.utf8), from: id) }

    func request(
        _ method: String, _ path: String, _ body: String? = nil, token: String? = nil, fields: String = "",
        from id: ConnectionID
    ) {
        var text = "\(method) \(path) HTTP/1.1\r\nHost: a\r\n"
        if let token { text += "Authorization: Bearer \(token)\r\n" }
        if let body { text += "Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n" }
        send(text + fields + "\r\n" + (body ?? ""), from: id)
    }

    func logIn(_ account: String, fields: String = "", from id: ConnectionID) {
        request(
            "POST", "/api/v1/auth/login", "{\"email\":\"\(account)@example.com\",\"password\":\"password\"}",
            fields: fields, from: id)
    }

    /// Lets the child processes that compare passwords end, with the right password or a wrong one.
    func endPasswordWork(isRight: Bool = true) throws {
        while let child = network.child(where: { if case .verifyPassword = $0 { true } else { false } }) {
            network.send(Array("{\"match\":\(isRight)}".utf8), from: child.id)
            network.end(child.id)
            try turn(2)
        }
    }

    func isOpen(_ id: ConnectionID) -> Bool { network.isOpen(id) }

    func text(at id: ConnectionID) -> String { String(decoding: network.sent[id] ?? [], as: UTF8.self) }

    /// Whether anything was sent on a connection.
    func isAnswered(_ id: ConnectionID) -> Bool { network.sent[id]?.isEmpty == false }

    /// The status codes of the answers on a connection.
    func statuses(at id: ConnectionID) -> [Int] {
        let bytes = network.sent[id] ?? []
        let mark = Array("HTTP/1.1 ".utf8)
        return bytes.indices.compactMap { place in
            guard bytes[place] == mark[0], bytes[place...].starts(with: mark) else { return nil }
            return Int(String(decoding: bytes[(place + mark.count)...].prefix(3), as: UTF8.self))
        }
    }

    /// A counter of `/metrics`.
    func refused(_ limit: String) throws -> Int {
        let id = connect(99)
        request("GET", "/metrics", from: id)
        try turn(2)
        let line = text(at: id).split(separator: "\n").first { $0.contains("limit=\"\(limit)\"") }
        network.end(id)
        try turn(2)
        return try #require(line?.split(separator: " ").last.flatMap { Int($0) }, "\(limit)")
    }
}
