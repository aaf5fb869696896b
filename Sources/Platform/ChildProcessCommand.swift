/// What a child process is started with. The network passes it on and does not know what it means.
public struct ChildProcessCommand: Hashable, Sendable {
    /// The arguments after the executable's name. Every user of the machine can read them: nothing secret belongs here.
    public let arguments: [String]
    /// What the child reads on standard input, to its end; at most a few kilobytes, which a socket's buffer holds.
    public let input: [UInt8]

    public init(arguments: [String], input: [UInt8] = []) {
        self.arguments = arguments
        self.input = input
    }
}
