import Foundation

/// The browser on this machine that a program can drive.
enum Browser {
    private static let programs = ["python3", "chromium", "chromedriver"]

    static let isInstalled = programs.allSatisfy { name in
        (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
            .contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(name)") }
    }
}

/// The official Socket.IO client for browsers, downloaded once into `.build` and kept there.
enum OfficialClient {
    static let file = BuiltProduct.packageRoot.appendingPathComponent(".build/official-client/socket.io.min.js").path

    /// Why the client cannot be used, or nil if it can. The first access downloads what is missing.
    static let problem: String? = {
        guard Browser.isInstalled else { return "chromium or chromedriver is missing" }
        do {
            let result = try PythonEnvironment.run(script: "official_client.py", file)
            return result.exit == .code(0) ? nil : result.all
        } catch {
            return "\(error)"
        }
    }()
}
