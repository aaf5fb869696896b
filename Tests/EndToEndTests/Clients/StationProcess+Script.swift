import Foundation

extension StationProcess {
    /// Runs one of the tests' scripts against the station. When the script prints `station: kill`, `station: stop` or
    /// `station: start`, this does that to the station at once.
    func run(script: String, _ arguments: String..., seconds: Double) throws -> CommandResult {
        let (output, errors) = (scratch.file("script-output"), scratch.file("script-errors"))
        let command = [
            try PythonEnvironment.python, BuiltProduct.testFile("Python/\(script)"), "http://127.0.0.1:\(port)",
        ]
        let child = try SpawnedProcess(
            command + arguments, output: output, errors: errors, environment: PythonEnvironment.variables)
        let deadline = Deadline(seconds: seconds)
        var done = 0
        while true {
            let exit = child.poll()
            // The last line may still be incomplete.
            let lines = WholeFile.text(output).split(separator: "\n", omittingEmptySubsequences: false).dropLast()
            for line in lines.dropFirst(done) { try obey(line) }
            done = lines.count
            if let exit {
                return CommandResult(exit: exit, output: WholeFile.text(output), errors: WholeFile.text(errors))
            }
            if deadline.isOver {
                child.kill()
                throw HarnessFault("\(script) ran longer than \(seconds) s:\n\(WholeFile.text(output))")
            }
            usleep(5000)
        }
    }

    private func obey(_ line: Substring) throws {
        switch line {
        case "station: kill": kill()
        case "station: stop":
            let exit = stop()
            guard exit == .code(0) else { throw HarnessFault("the station did not stop cleanly: \(exit as Any)") }
        case "station: start": try start()
        default: break
        }
    }
}
