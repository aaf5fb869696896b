import Bytes
import Crypto
import Glibc
import HTTP
import JSON

/// The real `stationd` on its own data directory, which survives restarts.
final class StationUnderTest {
    /// What its configuration says besides the usual.
    struct Options {
        /// Further sections of the configuration.
        var sections: [(String, JSONValue)] = []
        /// The port to listen on; 0 picks a free one.
        var port: UInt16 = 0
        /// Whether the limits are those that a station has if its configuration says nothing.
        var hasDefaultLimits = false
        /// Makes each sync slow; nil leaves the station alone.
        var slowSync: SlowSync?
    }

    private static let startSeconds = 60.0

    /// The data directory.
    let data: String
    /// They apply from the next start on.
    var options: Options
    private let workbench: Workbench
    private let technicians: Int
    private var child: BenchChild?
    /// The port that it listens on.
    private(set) var port: UInt16 = 0
    /// The folder of its configuration and logs.
    private let files: String
    private var starts = 0

    /// Prepares a station without starting it.
    ///
    /// - Parameter technicians: the number of technicians among its users.
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
    /// What the kernel says about its process.
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

    /// Starts it without waiting.
    @discardableResult
    func launch() throws(BenchFault) -> BenchChild {
        try BenchFiles.write(configuration.encoded(.pretty), to: "\(files)/stationd.json")
        starts += 1
        let arguments = [
            "serve", "--config", "\(files)/stationd.json", "--data", data, "--listen", "127.0.0.1:\(options.port)",
        ]
        let command = options.slowSync?.command(workbench.stationd, arguments) ?? (workbench.stationd, arguments)
        let child = try BenchChild(
            command.program, command.arguments, processor: workbench.processors.server,
            output: "\(files)/output-\(starts)", log: "\(files)/log-\(starts)")
        self.child = child
        return child
    }

    /// The last lines of its log if it has ended by itself, otherwise nil.
    var lastLinesIfEnded: String? {
        guard let child, child.isRunning, child.hasEnded() else { return nil }
        return child.lastLines
    }

    /// Bytes in the log of the current process.
    var logBytes: Int { child.map { BenchFiles.contents($0.logPath).count } ?? 0 }

    /// The log level is the default, since the cost of logging is part of the station's. The limits are raised that a
    /// thousand clients at one address would hit when all of them send as fast as they can.
    private var configuration: JSONObject {
        var configuration = JSONObject()
        for (name, value) in options.sections { configuration[name] = value }
        if options.hasDefaultLimits { return configuration }
        configuration["limits"] = [
            "connections_max": 65_536, "connections_per_address_max": 65_536, "sockets_per_user_max": 65_536,
            "requests_per_connection_max": 1_000_000_000,
            "driver_writes_per_minute_max": 0, "staff_writes_per_minute_max": 0, "output_bytes_max": 0,
            // A few users file everything.
            "driver_open_tickets_max": 0, "ticket_bytes_max": 0, "ticket_bytes_per_user_max": 0,
            // Otherwise a stop would wait for connections that nobody reads any more.
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

    /// Sends SIGTERM and waits until it has ended.
    func stop() throws(BenchFault) {
        guard let child, try child.stop(seconds: 30) else { throw BenchFault("the station does not stop") }
    }

    /// Sends SIGKILL. Waits for its tracer too, if it has one.
    func kill() {
        let tracer = figures.tracer
        child?.end()
        SlowSync.waitForEnd(of: tracer)
    }

    /// Sends SIGHUP: the station reloads its configuration and tries at once to reach the central server.
    func reload() { child?.signal(SIGHUP) }

    // MARK: Requests

    /// Posts a request to its control socket.
    @discardableResult
    func control(_ path: String, _ body: JSONValue) throws(BenchFault) -> JSONValue {
        try BlockingClient(.path("\(data)/control.sock")).json(.post, "/control/v1/\(path)", body)
    }

    /// Gets a resource as the admin.
    func admin(_ target: String) throws(BenchFault) -> JSONValue {
        try BlockingClient(.port(port)).json(.get, target, token: People.admin.token(secret: secret))
    }

    /// The number of events that the document files do not contain yet.
    func checkpointLag() throws(BenchFault) -> Int {
        let journal = try admin("/api/v1/status")["journal"]
        let last = journal?["last_sequence"]?.integerValue ?? 0
        return Int(last - (journal?["checkpointed_sequence"]?.integerValue ?? 0))
    }

    /// Waits until the document files contain everything.
    func waitForCheckpoint() throws(BenchFault) {
        while try checkpointLag() > 0 { try Clock.pause(milliseconds: 50) }
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
    /// The `user_id` that the station assigns if users are added in order.
    let id: Int64
    let username: String
    let role: String

    /// The user who files and reads tickets.
    static let driver = People(id: 1, username: "john_driver", role: "driver")
    /// The user who asks for the status.
    static let admin = People(id: 2, username: "admin", role: "admin")

    /// An admin who listens for notifications; numbered from 0.
    static func technician(_ number: Int) -> People {
        People(id: Int64(3 + number), username: "technician_\(number)", role: "admin")
    }

    private var email: String { "\(username)@example.com" }

    /// The body that adds this user through the control socket. Nobody logs in, so the hash matches no password.
    var body: JSONValue {
        [
            "email": .string(email), "username": .string(username), "role": .string(role), "password_hash": "*",
        ]
    }

    /// A token that is valid for a day.
    func token(secret: [UInt8]) -> String {
        let now = Int64(time(nil))
        let claims: JSONObject = [
            "sub": .integer(id), "username": .string(username), "email": .string(email), "role": .string(role),
            "iat": .integer(now), "exp": .integer(now + 86_400),
        ]
        return JWT.sign(claims: claims, secret: secret)
    }
}
