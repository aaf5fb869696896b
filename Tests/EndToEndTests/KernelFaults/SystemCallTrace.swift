import Foundation

/// What strace wrote about one run.
struct SystemCallTrace {
    let lines: [Substring]

    init(file: String) { lines = WholeFile.text(file).split(separator: "\n") }

    /// The number of times each call was made.
    var counts: [String: Int] { Self.count(lines) }

    /// The same before `Main` began: by the loader and the runtime, which are not under test.
    var countsBeforeMain: [String: Int] {
        Self.count(lines.prefix { !$0.contains("rt_sigaction(SIGPIPE") })
    }

    /// The same for the child processes that strace followed (`-f`): the most times that one of them makes each call,
    /// and the most times that one does so before its `Main` begins or that the station itself does. Every call after
    /// those is a child's alone.
    var countsOfChildren: (all: [String: Int], before: [String: Int]) {
        let processes = Dictionary(grouping: lines) { $0.prefix { $0.isNumber } }.values
        var all: [String: Int] = [:]
        var before: [String: Int] = [:]
        for lines in processes {
            if lines.contains(where: { $0.contains(" execve(") }) {
                all.merge(Self.count(lines)) { max($0, $1) }
                before.merge(Self.count(lines.prefix { !$0.contains("rt_sigaction(SIGPIPE, {sa_handler=SIG_IGN") })) {
                    max($0, $1)
                }
            } else {
                before.merge(Self.count(lines)) { max($0, $1) }
            }
        }
        // These are not the loader's: the child makes them before its new program begins.
        for call in ["execve", "dup2"] { before[call] = nil }
        return (all, before)
    }

    /// The calls that were made to fail.
    var injected: [Substring] { lines.filter { $0.contains("(INJECTED)") } }

    var wasKilled: Bool { lines.contains { $0.contains("killed by SIGKILL") } }

    private static func count(_ lines: some Sequence<Substring>) -> [String: Int] {
        var counts: [String: Int] = [:]
        for line in lines {
            guard let end = line.firstIndex(of: "(") else { continue }
            let name = line[..<end].drop { $0.isNumber || $0 == " " }
            if !name.isEmpty, name.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "_" }) {
                counts[String(name), default: 0] += 1
            }
        }
        return counts
    }
}

/// strace on this machine.
enum Strace {
    static let isAvailable: Bool = {
        let scratch = try? ScratchDirectory()
        defer { scratch?.remove() }
        guard let scratch else { return false }
        let command = ["strace", "-o", scratch.file("trace"), "-e", "trace=getpid", "/bin/true"]
        return (try? CommandResult.run(command, seconds: 10))?.exit == .code(0)
    }()

    /// The shell command that starts a program under strace. `$0` and `$@` are the program.
    static func preparation(_ options: [String], trace: String) -> String {
        let words = ["strace", "-q", "-o", trace] + options
        return "exec \(words.map { "'\($0)'" }.joined(separator: " ")) \"$0\" \"$@\""
    }
}
