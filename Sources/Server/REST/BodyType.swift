import Bytes
import Domain

/// The media types of bodies that are read as JSON.
enum BodyType {
    /// What a route accepts.
    enum Accepted {
        /// `application/json` and `application/…+json`; `text/plain` and nothing at all, which some clients send with
        /// JSON if nobody tells them its type.
        case usual
        /// `application/json` alone. Any page may have a browser send the others to any server, without asking first
        /// (Fetch standard, section 2.2.2).
        case strict
    }

    /// - Throws: `unsupportedMediaType` if a body with this `Content-Type` is not accepted.
    static func check(_ contentType: ArraySlice<UInt8>?, _ accepted: Accepted) throws(Refusal) {
        var type: [UInt8] = []
        for byte in contentType ?? [] where byte > 0x20 {
            if byte == UInt8(ascii: ";") || byte == UInt8(ascii: ",") { break }
            type.append(byte.asciiLowercased)
        }
        let name = String(decoding: type, as: UTF8.self)
        if name == "application/json" { return }
        if accepted == .usual, name.isEmpty || name == "text/plain" || name.hasSuffix("+json") { return }
        throw .unsupportedMediaType("Content-Type must be application/json")
    }
}
