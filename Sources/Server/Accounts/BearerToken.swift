import Bytes
import Gateway

/// The credentials of an `Authorization` field with the scheme Bearer (RFC 6750, section 2.1).
enum BearerToken {
    /// The token of `Bearer <token>`, or nil if the text is something else. The scheme's case does not matter (RFC
    /// 9110, section 11.1).
    static func parse(_ authorization: String) -> String? {
        parse(bytes: Array(authorization.utf8)[...]).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The same for bytes, of which the token is a slice.
    static func parse(bytes authorization: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        let bytes = authorization.span
        let scheme: StaticString = "bearer"
        guard bytes.count > scheme.utf8CodeUnitCount, bytes[scheme.utf8CodeUnitCount] == 0x20 else { return nil }
        // This bit is the case of a letter.
        for index in 0..<scheme.utf8CodeUnitCount where unsafe bytes[index] | 0x20 != scheme.utf8Start[index] {
            return nil
        }
        var start = scheme.utf8CodeUnitCount
        while start < bytes.count, bytes[start] == 0x20 { start += 1 }
        var end = bytes.count
        while end > start, bytes[end - 1] == 0x20 { end -= 1 }
        guard start < end, bytes.extracting(start..<end).firstIndex(of: 0x20, from: 0) == nil else { return nil }
        return authorization[(authorization.startIndex + start)..<(authorization.startIndex + end)]
    }
}
