/// Why a server was of no use for a question.
public enum DNSTrouble: Hashable, Sendable {
    /// Nothing came from it in time.
    case silence
    /// The system could not send to it, or nothing listens there.
    case unreachable
    case serverFailure
    case refusal
    /// Another RCODE (RFC 1035, section 4.1.1; RFC 6895, section 2.3).
    case code(UInt16)
    /// It neither knows the name nor asks others.
    case referral
    /// Its answer does not fit into a datagram, and held no address as far as it came.
    case truncation
    /// Its answer cannot be read; the words say why.
    case malformed(String)
    /// Too much came that was no answer, as if someone were guessing.
    case flood
}
