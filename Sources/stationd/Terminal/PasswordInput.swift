import Domain
import Glibc
import Linux

/// Reads passwords, from standard input or from a person at a terminal.
enum PasswordInput {
    /// Reads and checks the password for `user`, whom the prompt names.
    static func read(for user: String, from source: PasswordSource) throws(CommandFailure) -> [UInt8] {
        let password =
            switch source {
            case .standardInput: try fromStandardInput()
            case .terminal: try fromTerminal(for: user)
            }
        try check(password)
        return password
    }

    /// Checks the API's rules for passwords. The station cannot: all it gets from a command is the hash.
    static func check(_ password: [UInt8]) throws(CommandFailure) {
        if let fault = PasswordHashError(refusing: password) { throw CommandFailure(.dataFault, fault.description) }
        guard let text = String(validating: password, as: UTF8.self) else {
            throw CommandFailure(.dataFault, "the password is not valid UTF-8")
        }
        guard text.unicodeScalars.count >= TextLimits.passwordMin else {
            throw CommandFailure(.dataFault, "the password is shorter than \(TextLimits.passwordMin) characters")
        }
    }

    // MARK: Standard input

    /// The line on standard input.
    static func fromStandardInput() throws(CommandFailure) -> [UInt8] {
        let bytes: [UInt8]?
        do {
            bytes = try StandardStreams.readAll(from: STDIN_FILENO, bytesMax: 4096)
        } catch {
            throw CommandFailure(.inputOutput, "standard input: \(error)")
        }
        guard let bytes else { throw CommandFailure(.dataFault, PasswordHashError.tooLong.description) }
        return try line(bytes)
    }

    /// The single line in `bytes`, without its line end.
    ///
    /// - Throws: if there is more than one line.
    static func line(_ bytes: [UInt8]) throws(CommandFailure) -> [UInt8] {
        var line = bytes
        if line.last == 0x0A { line.removeLast() }
        if line.last == 0x0D { line.removeLast() }
        guard !line.contains(0x0A) else { throw CommandFailure(.dataFault, "the password has more than one line") }
        return line
    }

    // MARK: The terminal

    private static func fromTerminal(for user: String) throws(CommandFailure) -> [UInt8] {
        guard isatty(STDIN_FILENO) == 1 else {
            throw CommandFailure(
                .usage, "standard input is not a terminal: give the password with --password-stdin")
        }
        let first = try ask("Password for \(PlainText.visible(user)): ")
        try check(first)
        guard try ask("Repeat the password: ") == first else {
            throw CommandFailure(.dataFault, "the two passwords differ")
        }
        return first
    }

    /// The signals that would end or stop the process and leave the terminal without its echo.
    private static let signalNumbers = [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP]
    private static let signalCheckMillis: Int32 = 100

    /// Reads one line without echo. A signal that ends the process takes effect only after the echo is back on.
    private static func ask(_ prompt: String) throws(CommandFailure) -> [UInt8] {
        var signals = sigset_t()
        var before = sigset_t()
        unsafe sigemptyset(&signals)
        for number in signalNumbers { unsafe sigaddset(&signals, number) }
        var shown = termios()
        guard unsafe tcgetattr(STDIN_FILENO, &shown) == 0 else {
            throw CommandFailure(.inputOutput, "the terminal: \(SystemError(errno: errno))")
        }
        unsafe sigprocmask(SIG_BLOCK, &signals, &before)
        var hidden = shown
        hidden.c_lflag &= ~tcflag_t(ECHO)
        StandardStreams.write(prompt, to: STDERR_FILENO)
        unsafe tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden)
        defer {
            unsafe tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown)
            StandardStreams.write("\n", to: STDERR_FILENO)
            // A signal that arrived meanwhile is delivered here.
            unsafe sigprocmask(SIG_SETMASK, &before, nil)
        }
        var bytes: [UInt8] = []
        while bytes.last != 0x0A {
            var pending = sigset_t()
            unsafe sigpending(&pending)
            if signalNumbers.contains(where: { unsafe sigismember(&pending, $0) == 1 }) {
                throw CommandFailure(.tryLater, "interrupted")
            }
            var ready = [pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)]
            guard unsafe poll(&ready, 1, signalCheckMillis) > 0 else { continue }
            var chunk = [UInt8](repeating: 0, count: 4096)
            let count = unsafe Glibc.read(STDIN_FILENO, &chunk, chunk.count)
            guard count > 0 else { break }
            bytes.append(contentsOf: chunk[..<count])
        }
        return try line(bytes)
    }
}
