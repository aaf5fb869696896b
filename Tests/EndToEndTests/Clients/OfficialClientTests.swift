import Testing

extension EndToEnd {
    /// The official JavaScript client of Socket.IO in a real browser, with its default transports and with each of them
    /// alone. Needs Python 3 with venv, Chromium with its driver, and PyPI once.
    @Suite(
        .enabled(
            if: PythonEnvironment.mustRun || WheelFile.socketIO.problem == nil,
            "needs Python 3, venv, PyPI, chromium and chromedriver"))
    struct OfficialJavaScriptClient {
        @Test func `the client hears of everything live`() throws { try expectAllSteps(of: "live") }

        @Test func `a client that was away gets what it missed once and in order`() throws {
            try expectAllSteps(of: "away")
        }

        @Test func `a lost connection is resumed`() throws { try expectAllSteps(of: "recovery") }

        @Test func `a socket that received no event resumes where it began`() throws { try expectAllSteps(of: "quiet") }

        @Test
        func `a connection is resumed after the station was killed`() throws { try expectAllSteps(of: "killed") }

        @Test func `the client reconnects by itself when the station is back`() throws {
            try expectAllSteps(of: "stopped")
        }

        @Test func `wrong tokens, namespaces and private session ids are refused`() throws {
            try expectAllSteps(of: "refused")
        }

        @Test func `an acknowledgement proves delivery`() throws { try expectAllSteps(of: "acknowledgements") }

        @Test func `an acknowledged notification is not sent again on resuming`() throws {
            try expectAllSteps(of: "proven")
        }

        @Test func `the next user of a socket misses nothing`() throws { try expectAllSteps(of: "relogin") }

        @Test func `a connection is resumed even if no other would fit`() throws {
            try expectAllSteps(of: "full", limits: [("sockets_per_user_max", 1)])
        }

        @Test func `a client without a place is told why and gets in by itself later`() throws {
            try expectAllSteps(of: "crowded", limits: [("sockets_per_user_max", 1)])
        }

        @Test func `the token may stand in the handshake`() throws { try expectAllSteps(of: "early") }

        @Test func `a plain WebSocket may be kept alive with texts`() throws { try expectAllSteps(of: "plain") }

        private func expectAllSteps(of scenario: String, limits: [(String, Int)] = []) throws {
            if let problem = WheelFile.socketIO.problem { throw HarnessFault(problem) }
            // Proofs come sooner than by default, and a stopping station waits less for idle connections.
            let options = StationProcess.Options(
                limits: limits + [("early_ping_floor_millis", 50), ("drain_timeout_millis", 200)], keepsPort: true)
            try StationProcess.running(options) { station in
                let result = try station.run(script: "official.py", WheelFile.socketIO.file, scenario, seconds: 60)
                #expect(result.exit == .code(0), "\(result.excerpt)")
                #expect(result.output.contains("all steps done"))
            }
        }
    }
}
