import Foundation
import Peers

extension StationProcess {
    /// Runs one of the tests' scripts on the station's address. Where the script prints `station: kill`,
    /// `station: stop` or `station: start`, that is done to the station at once.
    func run(script: String, _ arguments: String..., seconds: Double) throws -> CommandResult {
        let (output, errors) = (scratch.file("script-output"), scratch.file("script-errors"))
        let command = [PythonEnvironment.python, BuiltProduct.testFile("Python/\(script)"), "http://127.0.0.1:\(port)"]
        let child = try SpawnedProcess(
            command + arguments, output: output, errors: errors, environment: PythonEnvironment.variables)
        let deadline = Deadline(seconds: seconds)
        var done = 0
        while true {
            let exit = child.poll()
            // The last line may not be whole yet.
            let lines = WholeFile.text(output).split(separator: "\n", omittingEmptySubsequences: false).dropLast()
            for line in lines.dropFirst(done) { try obey(line) }
            done = lines.count
            if let exit {
                return CommandResult(exit: exit, output: WholeFile.text(output), errors: WholeFile.text(errors))
            }
            if deadline.isOver {
                child.kill()
                throw HarnessFault("\(script) ran over \(seconds) s:\n\(WholeFile.text(output))")
            }
            usleep(5000)
        }
    }

    private func obey(_ line: Substring) throws {
        switch line {
        case "station: kill": kill()
        case "station: stop":
            let exit = stop()
            guard exit == .code(0) else { throw HarnessFault("the station does not stop as it should: \(exit as Any)") }
        case "station: start": try start()
        default: break
        }
    }
}
