import Glibc

/// Text for people and programs, written at once.
enum BenchOutput {
    static func say(_ text: String) { write(text + "\n", to: STDOUT_FILENO) }

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

/// Lines on standard error for who waits: on a terminal each takes the place of the one before, else one a step.
final class Progress {
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private var isLineOpen = false
    private var lastStep = ""

    /// Says what is being done.
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

    /// Says how far a step is; only on a terminal.
    func detail(_ text: String) {
        guard isTerminal else { return }
        Self.write("\r\u{1B}[K\(lastStep): \(text)")
        isLineOpen = true
    }

    /// Removes what stands in the line.
    func clear() {
        if isLineOpen { Self.write("\r\u{1B}[K") }
        isLineOpen = false
    }

    private static func write(_ text: String) { BenchOutput.complain(text, isLine: false) }
}
