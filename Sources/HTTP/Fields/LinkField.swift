import Bytes

/// The Link field (RFC 8288, section 3), for example `</api/v1/support?cursor=42>; rel="next"`.
public enum LinkField {
    /// The field value for one link. Characters that are not allowed in a URI reference are percent-encoded in
    /// `target`; characters that cannot be part of a quoted relation are left out of `relation`.
    public static func value(target: String, relation: String) -> String {
        var bytes: [UInt8] = [0x3C]
        for byte in target.utf8 {
            switch byte {
            case 0...0x20, 0x22, 0x3C, 0x3E, 0x5C, 0x5E, 0x60, 0x7B...0x7D, 0x7F...0xFF:
                PercentCoding.escape(byte, into: &bytes)
            default: bytes.append(byte)
            }
        }
        bytes.append(literal: ">; rel=\"")
        bytes.append(contentsOf: relation.utf8.filter { $0 > 0x20 && $0 < 0x7F && $0 != 0x22 && $0 != 0x5C })
        bytes.append(0x22)
        return String(decoding: bytes, as: UTF8.self)
    }
}
