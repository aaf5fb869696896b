import Foundation
import Testing

extension EndToEnd {
    /// The same flow with a client that we did not write. Needs Python 3 with venv, and PyPI once.
    @Suite(
        .enabled(if: PythonEnvironment.mustRun || PythonEnvironment.problem == nil, "needs Python 3, venv and PyPI"))
    struct PythonSocketIO {
        @Test(arguments: ["flow.py", "flow_async.py"], ["polling", "websocket", "upgrade"])
        func `the eight steps work with the stock client`(script: String, way: String) throws {
            if let problem = PythonEnvironment.problem { throw HarnessFault(problem) }
            try StationProcess.running { station in
                let result = try PythonEnvironment.run(script: script, "http://127.0.0.1:\(station.port)", way)
                #expect(result.exit == .code(0), "\(result.all)")
                #expect(result.output.contains("all steps done"))
            }
        }
    }
}
