/// Parses a JSON text (RFC 8259) strictly: one value, valid UTF-8 without a byte order mark, unique member names in
/// each object, paired surrogates, finite numbers.
public enum JSONParser {
    /// The value that `bytes` spell. O(n), and recursive up to `limits.depthMax`.
    ///
    /// With `comments`, white space may include `// …` to the end of a line and `/* … */`, for configuration files.
    public static func parse(
        _ bytes: Span<UInt8>, limits: JSONLimits = JSONLimits(), comments: Bool = false
    ) throws(JSONFault) -> JSONValue {
        var scanner = JSONScanner(limits: limits, comments: comments)
        return try scanner.document(bytes)
    }

    /// The value that an array of bytes spells, by the same rules.
    public static func parse(
        _ bytes: [UInt8], limits: JSONLimits = JSONLimits(), comments: Bool = false
    ) throws(JSONFault) -> JSONValue {
        try parse(bytes.span, limits: limits, comments: comments)
    }

    /// The value that a string spells, by the same rules.
    public static func parse(
        _ text: String, limits: JSONLimits = JSONLimits(), comments: Bool = false
    ) throws(JSONFault) -> JSONValue {
        try parse(text.utf8Span.span, limits: limits, comments: comments)
    }
}

/// Limits on the size and depth of a JSON text.
public struct JSONLimits: Hashable, Sendable {
    /// The parser never recurses deeper than this, because it uses the thread's stack.
    public static let depthCeiling = 512

    /// The deepest nesting of arrays and objects, 1 to `depthCeiling`; `[]` is 1 deep.
    public var depthMax: Int

    /// The largest text, in bytes.
    public var bytesMax: Int

    /// Creates limits; by default 64 deep and 16 MiB.
    ///
    /// - Precondition: `1 <= depthMax <= depthCeiling` and `bytesMax >= 1`.
    public init(depthMax: Int = 64, bytesMax: Int = 16 * 1024 * 1024) {
        precondition(depthMax >= 1 && depthMax <= Self.depthCeiling, "a depth that the stack may not hold")
        precondition(bytesMax >= 1, "a limit that refuses every text")
        self.depthMax = depthMax
        self.bytesMax = bytesMax
    }
}
