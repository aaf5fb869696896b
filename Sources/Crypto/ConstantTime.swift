/// Compares secrets.
public enum ConstantTime {
    /// Whether both have the same bytes. The time depends only on their lengths, so a peer that measures it cannot
    /// learn how many bytes of a guess were right.
    public static func equal(_ left: [UInt8], _ right: [UInt8]) -> Bool { equal(left.span, right.span) }

    /// Whether both spans have the same bytes, in the same time.
    @inline(never)
    public static func equal(_ left: Span<UInt8>, _ right: Span<UInt8>) -> Bool {
        guard left.count == right.count else { return false }
        var difference: UInt8 = 0
        for index in left.indices { difference |= left[index] ^ right[index] }
        return difference == 0
    }
}
