import Peers
import Testing

extension EndToEnd {
    /// The official JavaScript client of Socket.IO in a real browser, with its default transports and with each of them
    /// alone. Needs Python 3 with venv, Chromium with its driver, and PyPI once.
    @Suite(
        .enabled(
            if: PythonEnvironment.mustRun || OfficialClient.problem == nil,
            "needs Python 3, venv, PyPI, chromium and chromedriver"))
    struct OfficialJavaScriptClient {
        @Test func `it hears of everything as it happens`() throws { try expectAllSteps(of: "live") }

        @Test func `who was away gets what was missed once and in order`() throws { try expectAllSteps(of: "away") }

        @Test func `a lost connection is recovered`() throws { try expectAllSteps(of: "recovery") }

        @Test func `a socket that had no event recovers where it began`() throws { try expectAllSteps(of: "quiet") }

        @Test
        func `a connection is recovered after the station was killed`() throws { try expectAllSteps(of: "killed") }

        @Test func `it comes back by itself when the station does`() throws { try expectAllSteps(of: "stopped") }

        @Test func `wrong tokens and wrong names are refused`() throws { try expectAllSteps(of: "refused") }

        @Test func `calling back proves delivery`() throws { try expectAllSteps(of: "acknowledgements") }

        @Test func `what was called back for is not recovered`() throws { try expectAllSteps(of: "proven") }

        @Test func `the next user of a socket misses nothing`() throws { try expectAllSteps(of: "relogin") }

        @Test func `a connection is recovered where no other would fit`() throws {
            try expectAllSteps(of: "full", limits: [("sockets_per_user_max", 1)])
        }

        private func expectAllSteps(of scenario: String, limits: [(String, Int)] = []) throws {
            if let problem = OfficialClient.problem { throw HarnessFault(problem) }
            // Proofs come sooner than by default, and the stopping station waits less for connections that idle.
            let options = StationProcess.Options(
                limits: limits + [("early_ping_floor_millis", 50), ("drain_timeout_millis", 200)], keepsPort: true)
            try StationProcess.running(options) { station in
                let result = try station.run(script: "official.py", OfficialClient.file, scenario, seconds: 60)
                #expect(result.exit == .code(0), "\(result.all)")
                #expect(result.output.contains("all steps done"))
            }
        }
    }
}
