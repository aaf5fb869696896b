/// What a JSON text may cost.
public struct JSONLimits: Hashable, Sendable {
    /// No parser here recurses deeper than this, whatever is asked for: its stack is that of the thread.
    public static let depthCeiling = 512

    /// How deep arrays and objects may be nested; `[]` is 1 deep. 1 to `depthCeiling`.
    public var depthMax: Int

    /// How many bytes a text may have.
    public var bytesMax: Int

    /// - Precondition: `1 <= depthMax <= depthCeiling` and `bytesMax >= 1`.
    public init(depthMax: Int = 64, bytesMax: Int = 16 * 1024 * 1024) {
        precondition(depthMax >= 1 && depthMax <= Self.depthCeiling, "a depth that the stack may not hold")
        precondition(bytesMax >= 1, "a limit that refuses every text")
        self.depthMax = depthMax
        self.bytesMax = bytesMax
    }
}
