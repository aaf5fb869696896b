/// Comparing secrets.
public enum ConstantTime {
    /// Whether both are the same bytes, in a time that depends on their lengths alone, so that a peer who measures it
    /// does not learn how many bytes it has guessed.
    public static func equal(_ left: [UInt8], _ right: [UInt8]) -> Bool { equal(left.span, right.span) }

    /// The same for bytes that are part of something.
    @inline(never)
    public static func equal(_ left: Span<UInt8>, _ right: Span<UInt8>) -> Bool {
        guard left.count == right.count else { return false }
        var difference: UInt8 = 0
        for index in left.indices { difference |= left[index] ^ right[index] }
        return difference == 0
    }
}
