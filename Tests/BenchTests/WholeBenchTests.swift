import Foundation
import JSON
import Testing

@testable import stationd_bench

/// The real executable with `--quick`. No figure is judged, only that all of them are there and nothing is left behind.
@Suite(.serialized) struct WholeBenchTests {
    /// An executable that the build puts beside the test bundle.
    private static func product(_ name: String) throws -> URL {
        let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        return URL(fileURLWithPath: own).deletingLastPathComponent().appendingPathComponent(name)
    }

    private struct Outcome {
        let code: Int32
        let output: Data
        let errors: String
        /// What is left in the measured directory.
        let remains: [String]
    }

    /// Runs the bench on its own directory. Sends `signal` once its standard error contains the text.
    private static func run(_ arguments: [String], signal: (Int32, after: String)? = nil) throws -> Outcome {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("bench-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let measured = folder.appendingPathComponent("measured")
        try FileManager.default.createDirectory(at: measured, withIntermediateDirectories: true)
        let (output, errors) = (folder.appendingPathComponent("out"), folder.appendingPathComponent("err"))
        for file in [output, errors] { _ = FileManager.default.createFile(atPath: file.path, contents: nil) }
        let process = Process()
        process.executableURL = try product("stationd-bench")
        process.arguments = arguments + ["--directory", measured.path]
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = try FileHandle(forWritingTo: errors)
        try process.run()
        if let (number, text) = signal {
            while process.isRunning, try !String(contentsOf: errors, encoding: .utf8).contains(text) { usleep(5000) }
            // So that the signal arrives in the middle of something.
            usleep(300_000)
            kill(process.processIdentifier, number)
        }
        process.waitUntilExit()
        #expect(try processes(naming: measured.path) == [], "processes are still running")
        return Outcome(
            code: process.terminationStatus, output: try Data(contentsOf: output),
            errors: try String(contentsOf: errors, encoding: .utf8),
            remains: try FileManager.default.contentsOfDirectory(atPath: measured.path))
    }

    /// The processes whose command line contains this text.
    private static func processes(naming text: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "/proc").filter { name in
            guard Int(name) != nil, let line = FileManager.default.contents(atPath: "/proc/\(name)/cmdline") else {
                return false
            }
            return String(decoding: line, as: UTF8.self).contains(text)
        }
    }

    @Test func `every part has figures, and nothing is lost or left behind`() throws {
        let outcome = try Self.run(["all", "--quick", "--json"])
        #expect(outcome.code == 0, "\(outcome.errors)")
        #expect(outcome.remains == [])
        let report = try JSONParser.parse([UInt8](outcome.output))
        #expect(report["lost"] == 0)
        #expect(report["doubled"] == 0)
        for part in BenchOptions.Part.allCases {
            let section = report["parts"]?[part.rawValue]
            #expect(section?["figures"]?.arrayValue?.isEmpty == false, "\(part.rawValue)")
            #expect(section?["fault"] == nil, "\(part.rawValue): \(section?["fault"]?.text ?? "")")
        }
    }

    @Test func `a signal ends the bench and its children`() throws {
        let outcome = try Self.run(["fanout", "--listeners", "20"], signal: (SIGINT, after: "preparing"))
        #expect(outcome.code == 128 + SIGINT)
        #expect(outcome.remains == [])
        #expect(outcome.output.isEmpty)
    }

    @Test func `a server that does not start is reported with its output`() throws {
        let outcome = try Self.run(["idle", "--stationd", "/bin/ls"])
        #expect(outcome.code == 69)
        #expect(outcome.errors.contains("/bin/ls does not start"))
        #expect(outcome.errors.contains("--config"))
        #expect(outcome.remains == [])
    }

    @Test func `a wrong command line is named`() throws {
        let outcome = try Self.run(["idle", "--listeners", "3"])
        #expect(outcome.code == 64)
        #expect(outcome.errors.contains("idle has no option --listeners"))
        #expect(outcome.output.isEmpty)
    }
}
