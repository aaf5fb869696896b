import Foundation

/// A browser that a program can drive, as this machine has it.
enum Browser {
    private static let programs = ["python3", "chromium", "chromedriver"]

    static let isInstalled = programs.allSatisfy { name in
        (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
            .contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(name)") }
    }
}
