import Foundation

/// The browser on this machine that a program can drive.
enum Browser {
    private static let programs = ["python3", "chromium", "chromedriver"]

    static let isInstalled = programs.allSatisfy { name in
        (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
            .contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(name)") }
    }
}

/// A script for browsers from a package on PyPI, downloaded once into `.build` and kept there.
struct WheelFile {
    let file: String
    /// Why the script cannot be used, or nil if it can.
    let problem: String?

    /// The official Socket.IO client. The first access downloads what is missing.
    static let socketIO = WheelFile("official-client/socket.io.min.js")
    /// axe-core, which judges whether a page is accessible.
    static let axe = WheelFile("axe/axe.min.js")

    private init(_ path: String) {
        file = BuiltProduct.packageRoot.appendingPathComponent(".build/\(path)").path
        guard Browser.isInstalled else {
            problem = "chromium or chromedriver is missing"
            return
        }
        do {
            let result = try PythonEnvironment.run(script: "wheel_file.py", file)
            problem = result.exit == .code(0) ? nil : result.all
        } catch {
            problem = "\(error)"
        }
    }
}
