import Foundation
import Testing

extension EndToEnd {
    /// The ticket flow with a client that we did not write. Needs Python 3 with venv, and PyPI once.
    @Suite(
        .enabled(if: PythonEnvironment.mustRun || PythonEnvironment.problem == nil, "needs Python 3, venv and PyPI"))
    struct PythonSocketIO {
        @Test(arguments: ["flow.py", "flow_async.py"], ["polling", "websocket", "upgrade"])
        func `the eight steps work with the stock client`(script: String, way: String) throws {
            try StationProcess.running { station in
                let result = try PythonEnvironment.run(script: script, "http://127.0.0.1:\(station.port)", way)
                #expect(result.exit == .code(0), "\(result.excerpt)")
                #expect(result.output.contains("all steps done"))
            }
        }
    }

    /// Tokens and places as the stock Python clients handle them. Needs Python 3 with venv, and PyPI once.
    @Suite(
        .enabled(if: PythonEnvironment.mustRun || PythonEnvironment.problem == nil, "needs Python 3, venv and PyPI"))
    struct PythonPlaces {
        @Test(arguments: ["polling", "websocket", "upgrade"])
        func `a stock client brings its token and waits for a place`(way: String) throws {
            try StationProcess.running(.init(limits: [("sockets_per_user_max", 1)])) { station in
                let result = try PythonEnvironment.run(script: "places.py", "http://127.0.0.1:\(station.port)", way)
                #expect(result.exit == .code(0), "\(result.excerpt)")
                #expect(result.output.contains("all steps done"))
            }
        }
    }

    /// Delivery after an absence, to a client that we did not write. Needs Python 3 with venv, and PyPI once.
    @Suite(
        .enabled(if: PythonEnvironment.mustRun || PythonEnvironment.problem == nil, "needs Python 3, venv and PyPI"))
    struct PythonDelivery {
        private static let ways = ["polling", "websocket", "upgrade"]

        /// Scenarios that depend on the transport run over each one. The others take turns, because most of the time
        /// goes into starting Python.
        private static let runs: [(scenario: String, way: String)] = {
            let everywhere = ["missed", "killed"]
            let somewhere = [
                "driver", "phone", "acknowledgements", "order", "killed_priority", "recovery",
                "recovery_without_offset",
            ]
            return everywhere.flatMap { scenario in ways.map { (scenario, $0) } }
                + somewhere.enumerated().map { ($1, ways[$0 % ways.count]) }
        }()

        @Test(arguments: runs)
        func `a stock client that comes back has missed nothing`(scenario: String, way: String) throws {
            try expectAllSteps { try PythonEnvironment.run(script: "away.py", $0, way, scenario) }
        }

        @Test(arguments: ways) func `an asynchronous stock client that comes back has missed nothing`(way: String)
            throws
        {
            try expectAllSteps { try PythonEnvironment.run(script: "away_async.py", $0, way) }
        }

        private func expectAllSteps(_ run: (_ base: String) throws -> CommandResult) throws {
            // Early pings come sooner than by default, so that the scripts need not wait long for them.
            var options = StationProcess.Options()
            options.limits = [("early_ping_floor_millis", 100)]
            try StationProcess.running(options) { station in
                let result = try run("http://127.0.0.1:\(station.port)")
                #expect(result.exit == .code(0), "\(result.excerpt)")
                #expect(result.output.contains("all steps done"))
            }
        }
    }
}
