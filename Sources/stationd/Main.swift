import Glibc
import Server

/// `stationd`: the station and the commands that manage it.
@main enum Main {
    static func main() {
        // Writing to a peer that hung up must fail with EPIPE, not end the process.
        signal(SIGPIPE, SIG_IGN)
        // Likewise at a file size limit: EFBIG.
        signal(SIGXFSZ, SIG_IGN)
        exit(run(Array(CommandLine.arguments.dropFirst())).rawValue)
    }

    /// Runs one command line. Results go to standard output, faults to standard error.
    static func run(_ arguments: [String]) -> ExitCode {
        do {
            return try Invocation(arguments).run()
        } catch let fault as UsageFault {
            StandardStreams.complain([fault.message])
            StandardStreams.write(HelpText.pointer(to: fault.command) + "\n", to: STDERR_FILENO)
            return .usage
        } catch let failure as CommandFailure {
            StandardStreams.complain(failure.messages)
            return failure.code
        } catch {
            StandardStreams.complain(["\(error)"])
            return .software
        }
    }
}

extension Invocation {
    /// Runs the command and returns the code to exit with.
    func run() throws -> ExitCode {
        switch self {
        case .help(let path): return Self.print(HelpText.text(for: path))
        case .version: return Self.print(HelpText.version + "\n")
        case .child(let command): return command.run()
        case .serve(let options): return try Serve(options: options).run()
        case .check(let directory):
            let check = try Check(directory: directory)
            return Self.print(check.text) == .success ? check.code : .inputOutput
        case .newEpoch(let command): return try command.run()
        case .natsPermissions(let id):
            return StandardStreams.write(FleetPermissions.text(of: id)) ? .success : .inputOutput
        case .certificate(let command, let place): return try command.run(at: place)
        case .control(let command, let place): return try Control(command: command, place: place).run()
        }
    }

    private static func print(_ text: String) -> ExitCode { StandardStreams.write(text) ? .success : .inputOutput }
}
