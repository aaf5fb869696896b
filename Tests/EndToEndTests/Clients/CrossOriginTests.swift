import Testing

extension EndToEnd {
    /// A page of another origin in a real browser.
    @Suite(.enabled(if: Browser.isInstalled, "needs python3, chromium and chromedriver"))
    struct CrossOrigin {
        @Test func `a foreign page may read every answer, and cannot lock anyone out`() throws {
            try StationProcess.running(.init(limits: [("login_tries_per_account_max", 3)])) { station in
                let script = BuiltProduct.testFile("Python/cross_origin.py")
                let base = "http://127.0.0.1:\(station.port)"
                let result = try CommandResult.run(["python3", script, base], seconds: 60)
                #expect(result.exit == .code(0), "\(result.all)")
                #expect(result.output.contains("all steps done"))
            }
        }
    }
}
