/// Makes what a server says fit for a log.
public enum NATSText {
    /// The longest text, in Unicode scalars; the rest is cut off.
    static let countMax = 200

    /// `text` on one line, with control characters replaced by spaces, cut off after 200 Unicode scalars.
    public static func printable(_ text: String) -> String {
        var scalars = String.UnicodeScalarView()
        for (place, scalar) in text.unicodeScalars.enumerated() {
            guard place < countMax else {
                scalars.append("…")
                break
            }
            let isControl = scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
            scalars.append(isControl ? " " : scalar)
        }
        return String(scalars)
    }

    /// The same for bytes, which should be UTF-8.
    static func printable(utf8 bytes: some Sequence<UInt8>) -> String {
        printable(String(decoding: Array(bytes), as: UTF8.self))
    }
}
