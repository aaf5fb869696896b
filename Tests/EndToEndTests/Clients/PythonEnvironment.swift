import Foundation

/// A virtual environment with the stock Socket.IO client for Python, made once in `.build` and kept there.
enum PythonEnvironment {
    private static let directory = BuiltProduct.packageRoot.appendingPathComponent(".build/python-venv").path
    private static let requirements = BuiltProduct.testFile("Python/requirements.txt")
    /// A copy of the requirements, written once everything is installed, so that a half-made environment is not used.
    private static var mark: String { "\(directory)/complete.txt" }

    private static var executable: String { "\(directory)/bin/python" }

    /// The environment's interpreter. The first access makes the environment; an error says why there is none.
    static var python: String {
        get throws {
            if let problem { throw HarnessFault(problem) }
            return executable
        }
    }

    /// Whether a missing Python is a failure, as in CI. Otherwise it is a reason to skip.
    static let mustRun = ProcessInfo.processInfo.environment["CI"] == "true"

    /// Why there is no environment, or nil if there is one. The first access makes it.
    static let problem: String? = {
        do {
            try make()
            return nil
        } catch {
            return "\(error)"
        }
    }()

    private static func make() throws {
        let wanted = WholeFile.text(requirements)
        if !wanted.isEmpty, WholeFile.text(mark) == wanted { return }
        try? FileManager.default.removeItem(atPath: directory)
        try run(["python3", "-m", "venv", directory], seconds: 120)
        try run([executable, "-m", "pip", "install", "--quiet", "--requirement", requirements], seconds: 300)
        try WholeFile.write(wanted, to: mark)
    }

    private static func run(_ arguments: [String], seconds: Double) throws {
        let result = try CommandResult.run(arguments, seconds: seconds)
        guard result.exit == .code(0) else {
            throw HarnessFault("\(arguments.joined(separator: " ")) ended with \(result.exit): \(result.excerpt)")
        }
    }

    /// The environment variables for the tests' scripts.
    static let variables = ["PYTHONDONTWRITEBYTECODE": "1", "no_proxy": "127.0.0.1", "NO_PROXY": "127.0.0.1"]

    /// Runs one of the tests' scripts.
    static func run(script: String, _ arguments: String...) throws -> CommandResult {
        try CommandResult.run(
            [try python, BuiltProduct.testFile("Python/\(script)")] + arguments, environment: variables, seconds: 90)
    }
}
