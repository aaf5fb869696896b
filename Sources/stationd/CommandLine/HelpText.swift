import Server

/// The texts of `--help` and `--version`, generated from the commands' syntax.
enum HelpText {
    /// The text of `--version`, without a line end: the version, and the library of a build with TLS.
    static let version = "stationd \(StationService.version)" + (BuildTLS.library.map { " with \($0.name)" } ?? "")
    /// Columns of a terminal, with one to spare.
    private static let width = 79

    /// The line that follows a usage fault.
    static func pointer(to command: [String]) -> String {
        "Try `\((["stationd"] + command + ["--help"]).joined(separator: " "))`."
    }

    /// Help for the command or the group of commands that `path` names; the overview for an empty path.
    static func text(for path: [String]) -> String {
        if let command = CommandSyntax.all.first(where: { $0.path == path }) { return commandText(command) }
        let isChild = path.first == "child"
        let commands = CommandSyntax.all.filter { $0.path.starts(with: path) && $0.isHidden == isChild }
        var lines = ["Usage: \((["stationd"] + path + ["COMMAND", "[OPTION]..."]).joined(separator: " "))", ""]
        if path.isEmpty { lines += ["Support desk of a battery-swap station.", ""] }
        lines.append("Commands:")
        lines += columns(commands.map { (([$0.name] + $0.operands).joined(separator: " "), $0.summary) })
        lines += ["", "Every command accepts --help and --version."]
        return lines.joined(separator: "\n") + "\n"
    }

    private static func commandText(_ command: CommandSyntax) -> String {
        var lines = wrapped("Usage: \(command.usage)", indentation: 8, hanging: true)
        lines += ["", "\(command.summary.prefix(1).uppercased())\(command.summary.dropFirst())."]
        let options = command.options.map { ($0.usage, $0.isRequired ? "\($0.help) (required)" : $0.help) }
        lines += ["", "Options:"]
        lines += columns(
            options + [("--help", "print this help and exit"), ("--version", "print the version and exit")])
        for paragraph in command.details { lines += [""] + wrapped(paragraph, indentation: 0, hanging: false) }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Two columns, the second one wrapped.
    private static func columns(_ rows: [(String, String)]) -> [String] {
        let left = (rows.map { $0.0.count }.max() ?? 0) + 4
        return rows.flatMap { name, text in
            wrapped(text, indentation: left, hanging: false).enumerated().map { index, line in
                guard index == 0 else { return line }
                let start = "  \(name)"
                return start + String(repeating: " ", count: left - start.count) + line.dropFirst(left)
            }
        }
    }

    /// Wraps `text` at `width` and indents each line; with `hanging`, each line but the first.
    private static func wrapped(_ text: String, indentation: Int, hanging: Bool) -> [String] {
        let space = String(repeating: " ", count: indentation)
        var lines: [String] = []
        var line = hanging ? "" : space
        var isEmpty = true
        for word in units(of: text) {
            if !isEmpty && line.count + 1 + word.count > width {
                lines.append(line)
                line = space
                isEmpty = true
            }
            line += isEmpty ? word : " \(word)"
            isEmpty = false
        }
        lines.append(line)
        return lines
    }

    /// The words of `text`; brackets and everything between them count as one word.
    private static func units(of text: String) -> [String] {
        var units: [String] = []
        for word in text.split(separator: " ") {
            if let last = units.last, last.contains("["), !last.contains("]") {
                units[units.count - 1] += " \(word)"
            } else {
                units.append(String(word))
            }
        }
        return units
    }
}
