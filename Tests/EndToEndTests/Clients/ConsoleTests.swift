import JSON
import Testing

extension EndToEnd {
    /// The console in a real browser, at the size of a phone and of a desktop, driven by accessible names.
    @Suite(.enabled(if: Browser.isInstalled, "needs python3, chromium and chromedriver"))
    struct Console {
        private func run(_ script: String, _ station: StationProcess, _ arguments: String...) throws {
            let command = ["python3", BuiltProduct.testFile("Python/\(script)"), "http://127.0.0.1:\(station.port)"]
            let result = try CommandResult.run(
                command + arguments, environment: PythonEnvironment.variables, seconds: 400)
            #expect(result.exit == .code(0), "\(result.excerpt)")
            #expect(result.output.contains("all steps done"))
        }

        @Test func `somebody who was away is told of it in one line`() throws {
            let options = StationProcess.Options(settings: [("notifications", ["kept_count": 120])])
            try StationProcess.running(options) { try run("console.py", $0) }
        }

        @Test func `two technicians and a driver work at once, and nothing is lost`() throws {
            try StationProcess.running { try run("console_desk.py", $0) }
        }

        @Test func `an operator looks after users, stations, answers, statistics and settings`() throws {
            try StationProcess.running { try run("console_office.py", $0) }
        }

        @Test(
            .enabled(
                if: PythonEnvironment.mustRun || WheelFile.axe.problem == nil, "needs axe-core from PyPI"))
        func `every view is accessible, fits a phone, and speaks two languages`() throws {
            if let problem = WheelFile.axe.problem { throw HarnessFault(problem) }
            try StationProcess.running { try run("console_views.py", $0, WheelFile.axe.file) }
        }

        @Test func `ten thousand tickets scroll with a screenful of elements`() throws {
            let options = StationProcess.Options(limits: [("staff_writes_per_minute_max", 1_000_000)])
            try StationProcess.running(options) { try run("console_crowd.py", $0) }
        }

        @Test func `the page says at once that the station has stopped, and goes on when it is back`() throws {
            try StationProcess.running(StationProcess.Options(keepsPort: true)) { station in
                let result = try station.run(script: "console_stop.py", seconds: 200)
                #expect(result.exit == .code(0), "\(result.excerpt)")
                #expect(result.output.contains("all steps done"))
            }
        }

        @Test func `an admin of a central server works on the fleet's tickets`() throws {
            try StationProcess.running(.central) { server in
                let station = try server.reporter(7)
                _ = try station.post([station.created(1), station.created(2, ["priority": "urgent"])])
                try run("console_fleet.py", server, "ask")
                let command = try #require(try station.commands()["commands"]?.arrayValue?.first)
                let id = try #require(command["id"]?.stringValue)
                #expect(
                    command["data"] == ["support_id": 1, "changes": ["response": "On our way", "status": "closed"]])
                _ = try station.post([station.updated(1, ["status": "closed", "response": "On our way"], command: id)])
                try run("console_fleet.py", server, "see")
            }
        }
    }
}
