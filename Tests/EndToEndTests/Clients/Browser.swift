import Foundation

/// A browser that a program can drive, as this machine has it.
enum Browser {
    private static let programs = ["python3", "chromium", "chromedriver"]

    static let isInstalled = programs.allSatisfy { name in
        (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
            .contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(name)") }
    }
}

/// The official Socket.IO client for browsers, fetched once under `.build` and kept there.
enum OfficialClient {
    static let file = BuiltProduct.packageRoot.appendingPathComponent(".build/official-client/socket.io.min.js").path

    /// Why it cannot be used; nil where it can. What is missing is fetched at the first look.
    static let problem: String? = {
        guard Browser.isInstalled else { return "chromium or chromedriver is missing" }
        if let problem = PythonEnvironment.problem { return problem }
        do {
            let result = try PythonEnvironment.run(script: "official_client.py", file)
            return result.exit == .code(0) ? nil : result.all
        } catch {
            return "\(error)"
        }
    }()
}
