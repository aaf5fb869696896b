import Foundation
import JSON
import Synchronization

/// A central server, and stations that reach it only through lines that a test can break.
final class UplinkStage {
    /// A station of the fleet, with its line.
    final class Member {
        let number: Int
        let station: StationProcess
        let proxy: FaultyProxy
        var admin: HTTPClient

        fileprivate init(_ number: Int, _ station: StationProcess, _ proxy: FaultyProxy, _ admin: HTTPClient) {
            self.number = number
            self.station = station
            self.proxy = proxy
            self.admin = admin
        }

        /// The member `upstream` of the station's status.
        func upstream() throws -> JSONValue {
            let answer = try admin.get("/api/v1/status")
            guard answer.status == 200 else {
                throw HarnessFault("status answered \(answer.status): \(answer.excerpt)")
            }
            return answer.json["upstream"] ?? .null
        }

        /// Waits until the central server has everything.
        func waitUntilShipped(seconds: Double = 20) throws {
            try waitUntil(seconds: seconds) { $0["state"] == "idle" && $0["backlog_events"] == 0 }
        }

        /// Waits until `holds` is true of the member `upstream` of the status.
        func waitUntil(seconds: Double = 20, _ holds: (JSONValue) -> Bool) throws {
            let deadline = Deadline(seconds: seconds)
            while true {
                let upstream = try upstream()
                if holds(upstream) { return }
                guard !deadline.isOver else {
                    throw HarnessFault("station \(number) is not ready after \(seconds) s: \(upstream.text)")
                }
                usleep(5_000)
            }
        }

        /// Makes the station try to reach the central server now instead of after its pause.
        func tryNow() { station.child?.signal(SIGHUP) }

        /// Connects the admin to the station's new port after a restart.
        func reconnectAdmin() { admin = UplinkStage.signedIn(to: station, insteadOf: admin) }
    }

    let central: StationProcess
    private let line = StationLine()
    private(set) var admin: HTTPClient

    /// The admin after a restart, perhaps with a new epoch, which the old token does not name.
    static func signedIn(to station: StationProcess, insteadOf admin: HTTPClient) -> HTTPClient {
        (try? station.logIn("admin@example.com")) ?? HTTPClient(port: station.port, token: admin.token)
    }

    private(set) var members: [Member] = []

    /// - Parameter limits: the limits of the central server's configuration.
    init(limits: [(String, Int)] = []) throws {
        var options = StationProcess.Options()
        options.settings = [("central", ["enabled": true])]
        options.limits = [("drain_timeout_millis", 200)] + limits
        central = try StationProcess(options)
        do {
            try central.start()
            admin = try central.logIn("admin@example.com")
        } catch {
            central.remove()
            throw error
        }
        line.port = central.port
    }

    func remove() {
        for member in members { member.station.remove() }
        central.remove()
    }

    /// Runs `body` with a stage of `stations` stations, and cleans up afterwards.
    static func running(_ stations: Int = 1, _ body: (UplinkStage) throws -> Void) throws {
        let stage = try UplinkStage()
        defer { stage.remove() }
        for number in 1...stations { try stage.addMember(number + 6) }
        try body(stage)
    }

    /// Adds a station to the fleet, as its operator would, and returns its token.
    func token(for number: Int) throws -> String {
        let result = try CommandResult.stationd(
            "central", "add-station", String(number), "--data", central.data, "--config", central.configurationPath)
        guard result.exit == .code(0), let token = result.output.split(whereSeparator: \.isWhitespace).last else {
            throw HarnessFault("add-station ended with \(result.exit): \(result.excerpt)")
        }
        return String(token)
    }

    /// - Parameters:
    ///   - limits: the limits of the station's configuration.
    ///   - isConnected: whether the station knows its central server from the start.
    ///   - preparation: the shell commands to run before the station.
    @discardableResult
    func addMember(
        _ number: Int, limits: [(String, Int)] = [], isConnected: Bool = true, preparation: String? = nil
    ) throws -> Member {
        let line = line
        let proxy = try FaultyProxy { line.port }
        var options = StationProcess.Options()
        options.limits = [("drain_timeout_millis", 200)] + limits
        options.settings = [("station", ["id": .integer(Int64(number))])]
        options.preparation = preparation
        let token = try token(for: number)
        let upstream = Self.upstream(
            "http://localhost:\(proxy.port)", token: token, commandKey: try commandKey(for: number))
        if isConnected { options.settings.append(upstream) }
        let station = try StationProcess(options)
        do {
            try station.start()
            let member = Member(number, station, proxy, try station.logIn("admin@example.com"))
            members.append(member)
            if !isConnected { station.options.settings.append(upstream) }
            return member
        } catch {
            station.remove()
            throw error
        }
    }

    /// The key with which a station of the fleet tells the central server's commands from others.
    func commandKey(for number: Int) throws -> String {
        let result = try CommandResult.stationd(
            "central", "command-key", String(number), "--data", central.data, "--config", central.configurationPath)
        guard result.exit == .code(0), let key = result.output.split(whereSeparator: \.isWhitespace).last else {
            throw HarnessFault("command-key ended with \(result.exit): \(result.excerpt)")
        }
        return String(key)
    }

    static func upstream(_ url: String, token: String, commandKey: String = "") -> (String, JSONValue) {
        (
            "upstream",
            [
                "url": .string(url), "token": .string(token), "interval_seconds": 1,
                "command_key": .string(commandKey),
            ]
        )
    }

    /// Directs new connections of all stations to another port, or to the central server again if `port` is nil.
    func divert(to port: UInt16?) { line.port = port ?? central.port }

    // MARK: Faults

    /// Sends SIGKILL and starts the process again.
    func killCentral() throws {
        line.port = 0
        central.kill()
        try startCentral()
    }

    func stopCentral() throws {
        try whileCentralIsStopped {}
    }

    /// Stops the central server cleanly, runs `body`, and starts the server again.
    func whileCentralIsStopped(_ body: () throws -> Void) throws {
        line.port = 0
        let exit = central.stop()
        guard exit == .code(0) else { throw HarnessFault("SIGTERM ended with \(exit?.description ?? "nothing")") }
        try body()
        try startCentral()
    }

    private func startCentral() throws {
        try central.start()
        line.port = central.port
        admin = Self.signedIn(to: central, insteadOf: admin)
    }

    func kill(_ member: Member) throws {
        member.station.kill()
        try member.station.start()
        member.reconnectAdmin()
    }

    func stop(_ member: Member) throws {
        let exit = member.station.stop()
        guard exit == .code(0) else { throw HarnessFault("SIGTERM ended with \(exit?.description ?? "nothing")") }
        try member.station.start()
        member.reconnectAdmin()
    }
}
