import Bytes
import Crypto
import Glibc
import HTTP
import JSON

/// The real `stationd` on a data directory of its own, which survives its restarts.
final class StationUnderTest {
    struct Options {
        /// Further sections of the configuration.
        var sections: [(String, JSONValue)] = []
        /// The port to listen on; 0 takes a free one.
        var port: UInt16 = 0
    }

    private static let startSeconds = 60.0

    let data: String
    var options: Options
    private let workbench: Workbench
    private let technicians: Int
    private var child: BenchChild?
    private(set) var port: UInt16 = 0
    /// Where its log is.
    private let files: String
    private var starts = 0

    init(
        _ workbench: Workbench, data: String, technicians: Int, _ options: Options = Options()
    ) throws(BenchFault) {
        self.technicians = technicians
        self.workbench = workbench
        self.data = data
        self.options = options
        files = workbench.scratch.fresh("files")
        try BenchFiles.makeDirectory(files)
    }

    deinit { kill() }

    var pid: pid_t { child?.pid ?? 0 }
    var figures: ProcessFigures { ProcessFigures(pid: pid) }

    // MARK: Life

    /// Starts it and waits until it listens.
    func start() throws(BenchFault) {
        let child = try launch()
        let start = Clock.nanoseconds()
        while true {
            if let port = Self.port(in: BenchFiles.text(child.logPath)) {
                self.port = port
                return
            }
            let isOver = Clock.seconds(since: start) > Self.startSeconds
            guard !child.hasEnded(), !isOver else {
                throw BenchFault("\(workbench.stationd) does not start:\n\(child.lastLines)", code: 69)
            }
            try Clock.pause(milliseconds: 1)
        }
    }

    /// Starts it and waits for nothing.
    @discardableResult
    func launch() throws(BenchFault) -> BenchChild {
        try BenchFiles.write(configuration.encoded(.pretty), to: "\(files)/stationd.json")
        starts += 1
        let arguments = [
            "serve", "--config", "\(files)/stationd.json", "--data", data, "--listen", "127.0.0.1:\(options.port)",
        ]
        let child = try BenchChild(
            workbench.stationd, arguments, processor: workbench.processors.server,
            output: "\(files)/output-\(starts)", log: "\(files)/log-\(starts)")
        self.child = child
        return child
    }

    /// What it has logged last, where it has ended by itself.
    var lastLinesIfEnded: String? {
        guard let child, child.isRunning, child.hasEnded() else { return nil }
        return child.lastLines
    }

    /// Bytes that this process has written to its log.
    var logBytes: Int { child.map { BenchFiles.contents($0.logPath).count } ?? 0 }

    /// The log is as it ships: what it costs belongs to the station. Raised are the limits that a thousand clients on
    /// one address, all sending as fast as they can, would meet.
    private var configuration: JSONObject {
        var configuration = JSONObject()
        for (name, value) in options.sections { configuration[name] = value }
        configuration["limits"] = [
            "connections_max": 65_536, "connections_per_address_max": 65_536, "sockets_per_user_max": 65_536,
            "requests_per_connection_max": 1_000_000_000,
            // So that a stop does not wait for connections that nobody reads any more.
            "drain_timeout_millis": 200,
        ]
        return configuration
    }

    private static func port(in log: String) -> UInt16? {
        let mark = "[Server] Listening on 127.0.0.1:"
        for line in log.split(separator: "\n") where line.hasSuffix("]") == false {
            guard let place = line.firstRange(of: mark) else { continue }
            return UInt16(line[place.upperBound...].prefix { $0.isNumber })
        }
        return nil
    }

    /// SIGTERM.
    func stop() throws(BenchFault) {
        guard let child, try child.stop(seconds: 30) else { throw BenchFault("the station does not stop") }
    }

    /// SIGKILL.
    func kill() { child?.end() }

    /// SIGHUP: it reads its configuration again, and tries at once to reach the central server.
    func reload() { child?.signal(SIGHUP) }

    // MARK: Speaking to it

    /// A request to its control socket.
    @discardableResult
    func control(_ path: String, _ body: JSONValue) throws(BenchFault) -> JSONValue {
        try BlockingClient(.path("\(data)/control.sock")).json(.post, "/control/v1/\(path)", body)
    }

    /// The answer to a GET by the admin.
    func admin(_ target: String) throws(BenchFault) -> JSONValue {
        try BlockingClient(.port(port)).json(.get, target, token: People.admin.token(secret: secret))
    }

    /// How many events the document files do not have yet.
    func checkpointLag() throws(BenchFault) -> Int {
        let journal = try admin("/api/v1/status")["journal"]
        let last = journal?["last_sequence"]?.integerValue ?? 0
        return Int(last - (journal?["checkpointed_sequence"]?.integerValue ?? 0))
    }

    /// Waits until the document files have everything.
    func waitForCheckpoint(_ told: (Int) -> Void = { _ in }) throws(BenchFault) {
        while true {
            let lag = try checkpointLag()
            if lag <= 0 { return }
            told(lag)
            try Clock.pause(milliseconds: 50)
        }
    }

    /// The secret that signs its tokens.
    var secret: [UInt8] {
        var secret = BenchFiles.contents("\(data)/secret.key")
        if secret.last == 0x0A { secret.removeLast() }
        return secret
    }

    /// This station as the generator sees it.
    var target: Target {
        let secret = secret
        let technicians = technicians
        return Target(
            port: port, pid: pid, driverToken: People.driver.token(secret: secret),
            technicianToken: { People.technician($0 % technicians).token(secret: secret) })
    }
}

/// The users of a station under test.
struct People {
    let id: Int64
    let username: String
    let role: String

    static let driver = People(id: 1, username: "john_driver", role: "driver")
    static let admin = People(id: 2, username: "admin", role: "admin")

    /// Admins, numbered from 0.
    static func technician(_ number: Int) -> People {
        People(id: Int64(3 + number), username: "technician_\(number)", role: "admin")
    }

    private var email: String { "\(username)@example.com" }

    /// What the control socket takes. Nobody logs in, so the hash is none.
    var body: JSONValue {
        [
            "email": .string(email), "username": .string(username), "role": .string(role), "password_hash": "*",
        ]
    }

    /// A token that is good for a day.
    func token(secret: [UInt8]) -> String {
        let now = Int64(time(nil))
        let claims: JSONObject = [
            "sub": .integer(id), "username": .string(username), "email": .string(email), "role": .string(role),
            "iat": .integer(now), "exp": .integer(now + 86_400),
        ]
        return JWT.sign(claims: claims, secret: secret)
    }
}
