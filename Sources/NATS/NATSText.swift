/// What a server says, made fit for a log and for an operator's eyes.
public enum NATSText {
    /// The longest text that is passed on, in characters.
    static let countMax = 200

    /// `text` on one line, cut where it is long.
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

    static func printable(_ bytes: some Sequence<UInt8>) -> String {
        printable(String(decoding: Array(bytes), as: UTF8.self))
    }
}
