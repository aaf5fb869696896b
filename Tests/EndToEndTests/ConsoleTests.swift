import Foundation
import Testing

/// A browser that a program can drive, as this machine has it.
private enum Browser {
    private static let programs = ["python3", "chromium", "chromedriver"]

    static let isInstalled = programs.allSatisfy { name in
        (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
            .contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(name)") }
    }
}

extension EndToEnd {
    /// The console in a real browser, also after an absence.
    @Suite(.enabled(if: Browser.isInstalled, "needs python3, chromium and chromedriver"))
    struct Console {
        @Test func aTicketGoesFromTheDriversPhoneToTheTechnicianAndBack() throws {
            let options = StationProcess.Options(settings: [("notifications", ["kept_count": 120])])
            try StationProcess.running(options) { station in
                let script = BuiltProduct.testFile("Python/console.py")
                let base = "http://127.0.0.1:\(station.port)"
                let result = try CommandResult.run(["python3", script, base], seconds: 180)
                #expect(result.exit == .code(0), "\(result.all)")
                #expect(result.output.contains("all steps done"))
            }
        }
    }
}
