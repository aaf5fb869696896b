import Bytes

/// What is wrong with a command line, and the command whose help to point to.
struct UsageFault: Error, Hashable {
    /// A clause without a full stop.
    let message: String
    /// The words of the command, as far as they were understood.
    let command: [String]

    init(_ message: String, command: [String] = []) {
        self.message = message
        self.command = command
    }
}

/// A command line split by its command's syntax; the values are still text.
struct ParsedArguments: Equatable {
    let syntax: CommandSyntax
    /// Values by option name, with its dashes. An option without a value has the value "".
    var options: [String: [String]] = [:]
    var operands: [String] = []

    /// Whether the option was given.
    func has(_ option: String) -> Bool { options[option] != nil }

    /// The value of an option that may be given once; nil if it was not.
    func value(_ option: String) -> String? { options[option]?.first }

    static func == (left: Self, right: Self) -> Bool {
        left.syntax.path == right.syntax.path && left.options == right.options && left.operands == right.operands
    }
}

/// What a command line asks for, before its values are checked.
enum CommandLineRequest: Equatable {
    /// Help for a command or a group of commands; the overview without words.
    case help([String])
    case version
    case command(ParsedArguments)
}

extension CommandLineRequest {
    /// Splits the arguments after the program's name.
    ///
    /// `--help`, `-h` and `--version` may stand anywhere before `--` and win over any fault. A value follows its option
    /// as `--option value` or `--option=value`; a value that begins with two dashes needs the second form.
    static func parse(_ arguments: [String]) throws(UsageFault) -> CommandLineRequest {
        let (command, rest) = words(arguments)
        let head = arguments.prefix { $0 != "--" }
        if head.contains("--help") || head.contains("-h") { return .help(command) }
        if head.contains("--version") { return .version }
        guard let first = arguments.first else { throw UsageFault("a command is missing") }
        if first == "help" { return try helpTopic(Array(arguments.dropFirst())) }
        guard let syntax = CommandSyntax.all.first(where: { $0.path == command }) else {
            throw unknownCommand(arguments, after: command)
        }
        return .command(try parse(rest, by: syntax))
    }

    /// The words that name a command or a group, and the arguments after them.
    private static func words(_ arguments: [String]) -> (command: [String], rest: [String]) {
        let paths = CommandSyntax.all.map(\.path)
        var command: [String] = []
        for word in arguments {
            guard paths.contains(where: { $0.starts(with: command + [word]) }) else { break }
            command.append(word)
        }
        return (command, Array(arguments.dropFirst(command.count)))
    }

    private static func helpTopic(_ topic: [String]) throws(UsageFault) -> CommandLineRequest {
        let (command, rest) = words(topic)
        guard rest.isEmpty else { throw unknownCommand(topic, after: command) }
        return .help(command)
    }

    private static func unknownCommand(_ arguments: [String], after command: [String]) -> UsageFault {
        let known = CommandSyntax.all.filter { !$0.isHidden && $0.path.starts(with: command) }
        let next = known.compactMap { $0.path.dropFirst(command.count).first }
        guard let word = arguments.dropFirst(command.count).first else {
            return UsageFault("\(quoted(command)) needs a command: \(list(next))", command: command)
        }
        if word.hasPrefix("-") {
            let place = command.isEmpty ? "; options go after the command" : " before a command"
            return UsageFault("unknown option \(word)\(place)", command: command)
        }
        let hint = Spelling.nearest(to: word, among: next).map { "; did you mean \(quoted(command + [$0]))?" }
        return UsageFault("unknown command \(quoted(command + [word]))\(hint ?? "")", command: command)
    }

    private static func parse(_ arguments: [String], by syntax: CommandSyntax) throws(UsageFault) -> ParsedArguments {
        var parsed = ParsedArguments(syntax: syntax)
        var rest = arguments[...]
        var onlyOperands = false
        while let argument = rest.popFirst() {
            if onlyOperands || !argument.hasPrefix("-") || argument == "-" {
                parsed.operands.append(argument)
            } else if argument == "--" {
                onlyOperands = true
            } else {
                try parse(option: argument, &rest, into: &parsed)
            }
        }
        for option in syntax.options where option.isRequired && !parsed.has(option.name) {
            throw UsageFault("\(quoted(syntax.path)) needs \(option.usage)", command: syntax.path)
        }
        if parsed.operands.count < syntax.operands.count {
            let missing = syntax.operands[parsed.operands.count]
            throw UsageFault("\(quoted(syntax.path)) needs \(missing)", command: syntax.path)
        }
        if parsed.operands.count > syntax.operands.count, !syntax.isLastOperandRepeatable {
            let extra = parsed.operands[syntax.operands.count]
            throw UsageFault("unexpected argument \"\(extra)\" for \(quoted(syntax.path))", command: syntax.path)
        }
        if let empty = parsed.operands.firstIndex(of: "") {
            throw UsageFault(
                "\(syntax.operands[min(empty, syntax.operands.count - 1)]) must not be empty", command: syntax.path)
        }
        return parsed
    }

    private static func parse(
        option argument: String, _ rest: inout ArraySlice<String>, into parsed: inout ParsedArguments
    ) throws(UsageFault) {
        let path = parsed.syntax.path
        let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let name = String(parts[0])
        let joined: String? = parts.count == 2 ? String(parts[1]) : nil
        guard let option = parsed.syntax.options.first(where: { $0.name == name }) else {
            let names = parsed.syntax.options.map(\.name) + ["--help", "--version"]
            let hint = Spelling.nearest(to: name, among: names).map { "; did you mean \($0)?" }
            throw UsageFault("unknown option \(name) for \(quoted(path))\(hint ?? "")", command: path)
        }
        guard option.isRepeatable || !parsed.has(name) else {
            throw UsageFault("\(name) is given twice", command: path)
        }
        var value = ""
        if let placeholder = option.value {
            if let joined {
                value = joined
            } else if let next = rest.first, !next.hasPrefix("--") {
                value = next
                rest.removeFirst()
            }
            guard !value.isEmpty else {
                throw UsageFault("\(name) needs a value: \(name) \(placeholder)", command: path)
            }
        } else if joined != nil {
            throw UsageFault("\(name) takes no value", command: path)
        }
        parsed.options[name, default: []].append(value)
    }

    private static func quoted(_ words: [String]) -> String { "`\((["stationd"] + words).joined(separator: " "))`" }

    private static func list(_ words: [String]) -> String {
        guard let last = words.last, words.count > 1 else { return words.first ?? "" }
        return "\(words.dropLast().joined(separator: ", ")) or \(last)"
    }
}
