/// The arguments and input of a child process. The network passes them on without knowing what they mean.
public struct ChildProcessCommand: Hashable, Sendable {
    /// The arguments after the executable's name. Every user of the machine can read them, so they hold no secrets.
    public let arguments: [String]
    /// All of the child's standard input; at most a few kilobytes, because a socket's buffer must hold it.
    public let input: [UInt8]

    /// Creates a command; secrets belong in `input`.
    public init(arguments: [String], input: [UInt8] = []) {
        self.arguments = arguments
        self.input = input
    }
}
