import Testing

extension EndToEnd {
    /// The official JavaScript client of Socket.IO in a real browser, with its default transports and with each of them
    /// alone. Needs Python 3 with venv, Chromium with its driver, and PyPI once.
    @Suite(
        .enabled(
            if: PythonEnvironment.mustRun || OfficialClient.problem == nil,
            "needs Python 3, venv, PyPI, chromium and chromedriver"))
    struct OfficialJavaScriptClient {
        @Test func itHearsOfEverythingAsItHappens() throws { try expectAllSteps(of: "live") }

        @Test func whoWasAwayGetsWhatWasMissedOnceAndInOrder() throws { try expectAllSteps(of: "away") }

        @Test func aLostConnectionIsRecovered() throws { try expectAllSteps(of: "recovery") }

        @Test func aSocketThatHadNoEventRecoversWhereItBegan() throws { try expectAllSteps(of: "quiet") }

        @Test func aConnectionIsRecoveredAfterTheStationWasKilled() throws { try expectAllSteps(of: "killed") }

        @Test func itComesBackByItselfWhenTheStationDoes() throws { try expectAllSteps(of: "stopped") }

        @Test func wrongTokensAndWrongNamesAreRefused() throws { try expectAllSteps(of: "refused") }

        @Test func callingBackProvesDelivery() throws { try expectAllSteps(of: "acknowledgements") }

        @Test func whatWasCalledBackForIsNotRecovered() throws { try expectAllSteps(of: "proven") }

        @Test func theNextUserOfASocketMissesNothing() throws { try expectAllSteps(of: "relogin") }

        @Test func aConnectionIsRecoveredWhereNoOtherWouldFit() throws {
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
