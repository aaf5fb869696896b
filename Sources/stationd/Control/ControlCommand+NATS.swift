import Gateway
import Glibc
import JSON
import Linux
import Server

/// How to reach a NATS server as a user who may make streams.
struct NATSAdministration: Equatable {
    var urls: [UpstreamURL]
    /// `--user`; its password comes on standard input.
    var user: String?
    /// `--credentials`.
    var credentials: String?
}

extension ControlCommand {
    /// Makes the streams, and the consumers of every station of the fleet, on a NATS server.
    static func setUp(
        _ administration: NATSAdministration, over channel: inout some ControlChannel
    ) throws(CommandFailure) -> String {
        let fleet = try channel.result(of: ControlRequest(.get, "/fleet")).arrayValue ?? []
        let stations = fleet.filter { $0["removed_at"]?.stringValue == nil }.compactMap {
            $0["station_id"]?.integerValue
        }
        let password = administration.user == nil ? nil : try PasswordInput.fromStandardInput()
        let run: NATSSetupRun
        do {
            run = try NATSSetupRun(
                administration.urls, user: administration.user,
                password: password.map { String(decoding: $0, as: UTF8.self) },
                credentials: administration.credentials, stations: stations,
                readSystemFile: { try? StandardStreams.readStart(of: $0, bytesMax: ResolverFiles.bytesMax) })
        } catch {
            throw CommandFailure(.dataFault, error.message)
        }
        try turn(run)
        switch run.outcome {
        case .success(let made)?:
            let lines = made.isEmpty ? ["everything was there already"] : made.map { "made \($0), or it was there" }
            return lines.map { "\($0)\n" }.joined()
        case .failure(let fault)?: throw CommandFailure(.unavailable, fault.message)
        case nil: throw CommandFailure(.unavailable, "stopped")
        }
    }

    private static func turn(_ run: NATSSetupRun) throws(CommandFailure) {
        do {
            let network = try LinuxNetwork(dataPath: "/")
            let loop = EventLoop(
                network: network, service: run.handlers, settings: GatewaySettings(Configuration()),
                log: Log(level: .error, isForSystemd: false), random: SystemRandomNumberGenerator(),
                now: SystemClock.now())
            while run.outcome == nil, try loop.turn() {}
        } catch {
            throw CommandFailure(.system, "\(error)")
        }
    }
}
