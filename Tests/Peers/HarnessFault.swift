/// Something that the tests themselves could not do, or that did not happen in time.
public struct HarnessFault: Error, CustomStringConvertible {
    /// What went wrong, as a sentence.
    public let description: String

    /// Creates a fault from a sentence.
    public init(_ description: String) { self.description = description }
}
