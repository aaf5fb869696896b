import Glibc

/// Standard output and standard error, unbuffered.
enum BenchOutput {
    /// Prints one line on standard output.
    static func say(_ text: String) { write(text + "\n", to: STDOUT_FILENO) }

    /// Prints text on standard error, with a line end if `isLine`.
    static func complain(_ text: String, isLine: Bool = true) { write(isLine ? text + "\n" : text, to: STDERR_FILENO) }

    private static func write(_ text: String, to descriptor: Int32) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { bytes in
                unsafe Glibc.write(descriptor, bytes.baseAddress, bytes.count)
            }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }
}

/// Progress on standard error: on a terminal one line that is overwritten, otherwise one line per step.
final class Progress {
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private var isLineOpen = false
    private var lastStep = ""

    /// Shows what is being done now.
    func step(_ text: String) {
        guard text != lastStep else { return }
        lastStep = text
        if isTerminal {
            Self.write("\r\u{1B}[K\(text)")
            isLineOpen = true
        } else {
            Self.write(text + "\n")
        }
    }

    /// Shows how far the step has got, on a terminal only.
    func detail(_ text: String) {
        guard isTerminal else { return }
        Self.write("\r\u{1B}[K\(lastStep): \(text)")
        isLineOpen = true
    }

    /// Clears the line, so that other output can follow.
    func clear() {
        if isLineOpen { Self.write("\r\u{1B}[K") }
        isLineOpen = false
    }

    private static func write(_ text: String) { BenchOutput.complain(text, isLine: false) }
}
