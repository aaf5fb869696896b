import Testing

extension EndToEnd {
    /// The console in a real browser, including after an absence.
    @Suite(.enabled(if: Browser.isInstalled, "needs python3, chromium and chromedriver"))
    struct Console {
        @Test func `a ticket goes from the driver's phone to the technician and back`() throws {
            let options = StationProcess.Options(settings: [("notifications", ["kept_count": 120])])
            try StationProcess.running(options) { station in
                let script = BuiltProduct.testFile("Python/console.py")
                let base = "http://127.0.0.1:\(station.port)"
                let result = try CommandResult.run(["python3", script, base], seconds: 180)
                #expect(result.exit == .code(0), "\(result.excerpt)")
                #expect(result.output.contains("all steps done"))
            }
        }
    }
}
