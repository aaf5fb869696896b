/// Something that a test's own machinery could not do or waited for in vain.
public struct PeerFault: Error, CustomStringConvertible {
    /// What went wrong, as a sentence.
    public let description: String

    /// Creates a fault from a sentence.
    public init(_ description: String) { self.description = description }
}
