import Bytes

/// Writes requests (RFC 9112, sections 3 and 5).
enum RequestEncoder {
    static func encode(
        _ method: HTTPMethod, _ target: String, host: String, fields: HTTPFields, body: [UInt8],
        into output: inout [UInt8]
    ) {
        output.append(utf8: method.rawValue)
        output.append(0x20)
        if target.isEmpty { output.append(0x2F) }
        for byte in target.utf8 {
            if byte > 0x20 && byte < 0x7F && byte != 0x23 {
                output.append(byte)
            } else {
                PercentCoding.escape(byte, into: &output)
            }
        }
        output.append(literal: " HTTP/1.1\r\n")
        // Host goes first (RFC 9110, section 7.2).
        HTTPFields(dictionaryLiteral: ("Host", host)).write(omitting: .framing, into: &output)
        fields.write(omitting: [.framing, .host], into: &output)
        // RFC 9110, section 8.6: methods that define a meaning for content announce its length even if it is 0.
        if !body.isEmpty || method == .post || method == .put || method == .patch {
            output.append(literal: "Content-Length: ")
            output.append(decimal: body.count)
            output.append(literal: "\r\n")
        }
        output.append(literal: "\r\n")
        output.append(contentsOf: body)
    }
}
