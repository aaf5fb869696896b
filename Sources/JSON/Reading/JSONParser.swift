/// Reads a JSON text (RFC 8259), strictly: one value, valid UTF-8 without byte order mark, each member name once in its
/// object, surrogates in pairs, numbers that are finite.
public enum JSONParser {
    /// The value that `bytes` spell. O(n), and recursive up to `limits.depthMax`.
    ///
    /// With `comments` the text may have `// …` to the end of a line and `/* … */` wherever it may have white space, as
    /// configuration files do.
    public static func parse(
        _ bytes: Span<UInt8>, limits: JSONLimits = JSONLimits(), comments: Bool = false
    ) throws(JSONFault) -> JSONValue {
        var scanner = JSONScanner(limits: limits, comments: comments)
        return try scanner.document(bytes)
    }

    public static func parse(
        _ bytes: [UInt8], limits: JSONLimits = JSONLimits(), comments: Bool = false
    ) throws(JSONFault) -> JSONValue {
        try parse(bytes.span, limits: limits, comments: comments)
    }

    /// The value that a string spells.
    public static func parse(
        _ text: String, limits: JSONLimits = JSONLimits(), comments: Bool = false
    ) throws(JSONFault) -> JSONValue {
        try parse(text.utf8Span.span, limits: limits, comments: comments)
    }
}

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
