import Glibc
import JSON

/// `stationd-bench`: measures a station on this machine, and beside it what the machine allows.
@main
enum Bench {
    static func main() {
        let arguments = Array(CommandLine.arguments.dropFirst())
        do throws(BenchFault) {
            switch arguments.first {
            case "launch": exit(BenchChild.launch(Array(arguments.dropFirst())))
            case "bare": try BareResponder.run(Array(arguments.dropFirst()))
            default: exit(try run(try BenchOptions(arguments)))
            }
        } catch {
            BenchOutput.complain("stationd-bench: \(error.message)")
            if error.code == 64 { BenchOutput.complain("Try `stationd-bench --help`.") }
            exit(error.code)
        }
    }

    /// Measures what `options` ask for, prints the report and returns the exit code.
    private static func run(_ options: BenchOptions) throws(BenchFault) -> Int32 {
        if options.isHelp {
            BenchOutput.say(BenchHelp.usage)
            return 0
        }
        Interruption.prepare()
        Sockets.raiseDescriptorLimit()
        let processors = Processors(isPinning: options.isPinning)
        if let generator = processors.generator { Processors.pin(to: generator) }
        let stationd = if let path = options.stationd { path } else { try beside() }
        guard unsafe access(stationd, X_OK) == 0 else { throw BenchFault("there is no program \(stationd)", code: 66) }
        let scratch = try Scratch(in: options.directory)
        defer { scratch.remove() }
        let progress = Progress()
        defer { progress.clear() }
        let workbench = Workbench(stationd: stationd, scratch: scratch, processors: processors, progress: progress)
        var report = Report()
        report.setting = setting(options, processors, stationd)
        let code = try measure(options, workbench, &report)
        progress.clear()
        BenchOutput.say(options.isJSON ? report.json.text : report.text)
        return code != 0 ? code : report.lost + report.doubled > 0 ? 1 : 0
    }

    /// Runs the parts. If one fails, the others still run, unless a signal interrupted it.
    private static func measure(
        _ options: BenchOptions, _ workbench: Workbench, _ report: inout Report
    ) throws(BenchFault) -> Int32 {
        var code: Int32 = 0
        for part in options.parts {
            report.sections.append(Report.Section(part: part))
            do throws(BenchFault) {
                switch part {
                case .http: try HTTPPart(options).run(workbench, &report)
                case .fanout: try FanOutPart(options).run(workbench, &report)
                case .idle: try IdlePart(options).run(workbench, &report)
                case .replay: try ReplayPart(options).run(workbench, &report)
                case .recover: try RecoverPart(options).run(workbench, &report)
                case .uplink: try UplinkPart(options).run(workbench, &report)
                case .disk: try DiskPart(options).run(workbench, &report)
                case .crowd: try CrowdPart(options).run(workbench, &report)
                }
            } catch {
                guard options.parts.count > 1, error.code < 128 else { throw error }
                workbench.progress.clear()
                BenchOutput.complain("stationd-bench: \(part.rawValue): \(error.message)")
                report.sections[report.sections.count - 1].fault = error.message
                code = error.code
            }
            report.noteDisturbedLimits()
        }
        return code
    }

    private static func setting(
        _ options: BenchOptions, _ processors: Processors, _ stationd: String
    ) -> [(name: String, value: JSONValue)] {
        let pinning =
            if let generator = processors.generator, let server = processors.server {
                "generator on \(generator), server and its children on \(server)"
            } else {
                "none"
            }
        return [
            ("stationd", .string(stationd)), ("directory", .string(options.directory)),
            ("processors", .integer(Int64(Processors.allowedCount))), ("pinned", .string(pinning)),
        ]
    }

    /// The path of `stationd` in the directory of this executable.
    private static func beside() throws(BenchFault) -> String {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = unsafe readlink("/proc/self/exe", &buffer, buffer.count)
        guard count > 0 else { throw .last("/proc/self/exe") }
        let own = String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return own[..<(own.lastIndex(of: "/") ?? own.startIndex)] + "/stationd"
    }
}
