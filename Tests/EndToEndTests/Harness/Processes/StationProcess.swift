import Foundation
import JSON

/// A station under test: the real executable with a data directory of its own, which survives restarts.
final class StationProcess {
    struct Options {
        var isDemo = true
        /// Members of the configuration's `limits`.
        var limits: [(String, Int)] = []
        /// Further sections of the configuration.
        var settings: [(String, JSONValue)] = []
        /// The shell commands to run before the station, such as `ulimit -n 64`.
        var preparation: String?
        var arguments: [String] = []
        /// The data directory, if it is not in the scratch directory.
        var data: String?
        /// Whether a restarted station listens on the same port, so that clients find it.
        var keepsPort = false
    }

    let scratch: ScratchDirectory
    let data: String
    var options: Options
    private(set) var child: SpawnedProcess?
    private(set) var port: UInt16 = 0
    private var starts = 0

    init(_ options: Options = Options()) throws {
        self.options = options
        scratch = try ScratchDirectory()
        data = options.data ?? scratch.file("data")
    }

    /// Runs `body` with a listening station, and cleans up afterwards.
    static func running<Result>(_ options: Options = Options(), _ body: (StationProcess) throws -> Result) throws
        -> Result
    {
        let station = try StationProcess(options)
        defer { station.remove() }
        try station.start()
        do {
            return try body(station)
        } catch {
            print("The station's last lines:\n\(station.logTail)")
            throw error
        }
    }

    /// Ends the process and removes the directory.
    func remove() {
        kill()
        scratch.remove()
    }

    // MARK: Starting and stopping

    /// Starts the station and waits until it listens.
    func start() throws {
        try launch()
        try waitUntilListening()
    }

    /// Starts the station without waiting for anything.
    func launch() throws {
        starts += 1
        let address = "127.0.0.1:\(options.keepsPort ? port : 0)"
        var arguments = [BuiltProduct.stationd, "serve", "--data", data, "--listen", address]
        if options.isDemo { arguments.append("--demo") }
        // Without our own file, the station would read the machine's, if there is one.
        try writeConfiguration()
        arguments += ["--config", configurationPath] + options.arguments
        if let preparation = options.preparation {
            arguments = ["/bin/sh", "-c", "\(preparation); exec \"$0\" \"$@\""] + arguments
        }
        child = try SpawnedProcess(arguments, output: outputPath, errors: logPath)
    }

    var configurationPath: String { scratch.file("stationd.json") }

    func writeConfiguration() throws {
        // Tests ask again at once.
        var configuration: JSONObject = ["metrics": ["cached_seconds": 0]]
        for (name, value) in options.settings { configuration[name] = value }
        // Tests write, log in and file more than people do; those of the quotas set them.
        var limits: JSONObject = [
            "driver_writes_per_minute_max": 0, "staff_writes_per_minute_max": 0,
            "passwords_per_minute_per_account_max": 0, "passwords_per_minute_per_address_max": 0,
            "driver_open_tickets_max": 0,
        ]
        for (name, value) in options.limits { limits[name] = .integer(Int64(value)) }
        configuration["limits"] = .object(limits)
        try WholeFile.write(bytes: configuration.encoded(.pretty), to: configurationPath)
    }

    func waitUntilListening(seconds: Double = 30) throws {
        let deadline = Deadline(seconds: seconds)
        while true {
            if let port = Self.port(in: log) {
                self.port = port
                return
            }
            if let exit = child?.poll() {
                throw HarnessFault("the station ended with \(exit) instead of listening:\n\(logTail)")
            }
            if deadline.isOver { throw HarnessFault("the station is not listening after \(seconds) s:\n\(logTail)") }
            usleep(500)
        }
    }

    /// Sends SIGTERM. Returns how the process ended, or nil if it still runs after `seconds`.
    func stop(seconds: Double = 10) -> SpawnedProcess.Exit? {
        child?.signal(SIGTERM)
        return child?.wait(seconds: seconds)
    }

    /// Sends SIGKILL and waits for the end.
    func kill() { child?.kill() }

    func restart() throws {
        kill()
        try start()
    }

    // MARK: Output

    private var logPath: String { scratch.file("log-\(starts)") }
    private var outputPath: String { scratch.file("output-\(starts)") }

    /// What the current process has written to standard error.
    var log: String { WholeFile.text(logPath) }
    var output: String { WholeFile.text(outputPath) }

    private var logTail: String { Excerpt.end(of: log) }

    /// Waits until the log contains this text, `count` times at least. Returns whether it does within `seconds`.
    func waitForLog(_ text: String, count: Int = 1, seconds: Double = 10) -> Bool {
        let deadline = Deadline(seconds: seconds)
        while !deadline.isOver {
            if log.components(separatedBy: text).count > count { return true }
            usleep(2000)
        }
        return false
    }

    private static func port(in log: String) -> UInt16? {
        guard let mark = log.range(of: "[Server] Listening on 127.0.0.1:") else { return nil }
        let rest = log[mark.upperBound...]
        guard let end = rest.firstIndex(where: { !$0.isNumber }) else { return nil }
        return UInt16(rest[..<end])
    }

    // MARK: Clients

    func client(token: String? = nil) -> HTTPClient { HTTPClient(port: port, token: token) }

    func logIn(_ email: String) throws -> HTTPClient { try HTTPClient.loggedIn(email, port: port) }

    /// Waits until the documents have everything. The checkpointer runs only when no other process wants to, and a
    /// station that is stopped before it is done leaves the rest to the next start.
    func waitForDocuments(seconds: Double = 120) throws {
        let deadline = Deadline(seconds: seconds)
        while try !client().get("/metrics").text.contains("\nstationd_checkpoint_lag_events 0\n") {
            if deadline.isOver { throw HarnessFault("the documents are behind after \(seconds) s:\n\(logTail)") }
            usleep(20_000)
        }
    }

    /// Clients for the demo's three users, logged in.
    func demoClients() throws -> (driver: HTTPClient, admin: HTTPClient, staff: HTTPClient) {
        (try logIn("driver@example.com"), try logIn("admin@example.com"), try logIn("staff@example.com"))
    }

    /// The child processes that the station has at this moment.
    var children: [pid_t] {
        guard let pid = child?.pid else { return [] }
        return WholeFile.text("/proc/\(pid)/task/\(pid)/children").split(separator: " ").compactMap { pid_t($0) }
    }
}
