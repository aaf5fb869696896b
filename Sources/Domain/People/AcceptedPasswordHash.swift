import Bytes

/// The password hashes that a station accepts from its central server: yescrypt (crypt(5)) at one of the costs that
/// libxcrypt itself chooses from, up to 64 MiB and a few tenths of a second for each comparison.
///
///     $y$j9T$<salt>$<hash>        16 MiB, the default and what `stationd` makes
///
/// The cost is a part of the hash, and each login pays it. So another method, or a cost from elsewhere, could cost
/// minutes and gigabytes. Hashes that are here already are not judged.
enum AcceptedPasswordHash {
    /// What the parameters may be: costs 1 to 7 of crypt_gensalt(3), from 1 MiB to 64 MiB.
    private static let parameters: [String] = ["j75", "j85", "j7T", "j8T", "j9T", "jAT", "jBT"]
    /// The number of digits of 32 bytes in crypt(5)'s base 64.
    private static let hashDigits = 43
    private static let saltDigits = 1...86

    /// The rule, as the rest of a sentence that begins with the field's name.
    static let rule = "must be a yescrypt hash at one of the usual costs ($y$j75$ to $y$jBT$)"

    static func isAccepted(_ text: String) -> Bool {
        guard text.utf8.count <= 200 else { return false }
        let parts = text.utf8.split(separator: UInt8(ascii: "$"), omittingEmptySubsequences: false)
        guard parts.count == 5, parts[0].isEmpty, parts[1].elementsEqual("y".utf8) else { return false }
        return parameters.contains { parts[2].elementsEqual($0.utf8) } && saltDigits.contains(parts[3].count)
            && parts[3].allSatisfy(isDigit) && parts[4].count == hashDigits && parts[4].allSatisfy(isDigit)
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        byte.isASCIILetter || byte.isASCIIDigit || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "/")
    }
}
