/// Messages of the Domain Name System (RFC 1035, section 4), reduced to what a stub resolver needs.
///
///     header, 12 bytes        id (2)  flags (2)  counts of questions, answers, authorities, additionals (2 each)
///     flags                   QR (1 bit)  opcode (4)  AA  TC  RD  RA (1 each)  Z (3)  RCODE (4)
///     question                name  type (2)  class (2)
///     record                  name  type (2)  class (2)  TTL in seconds (4)  length (2)  content
///     name                    labels, then a zero byte or a pointer
///     label                   length 1–63 (1)  as many bytes
///     pointer                 two bits 11, then the offset in the message where the name continues (14 bits)
///     content of A, AAAA      the address, 4 or 16 bytes
///     content of CNAME        a name
///     OPT (RFC 6891)          name: the root; class: the UDP payload its sender accepts
///                             TTL: upper 8 bits of RCODE (1)  version (1)  flags (2)
///
/// Numbers are big-endian. Our queries have one question, the flag RD and perhaps an OPT record.
///
/// A datagram answers a query if it comes from the server that was asked to the port that asked, is a response, and
/// repeats the query's id, opcode and question (in any case). Any other datagram is foreign and changes nothing. We do
/// not randomise the case of the question, because some servers do not repeat it; a fresh port from the kernel for
/// each query is the guard that RFC 5452 asks for.
///
/// An answer is malformed if one of its sections cannot be read to its end or if bytes follow the last section. Only a
/// truncated answer may break off, and the records before the break count. A pointer must lead to a place before the
/// beginning of the part of the name that holds it, so that every name ends. Records of other classes and types are
/// skipped. The addresses are those of the name at the end of the CNAME chain that starts at the question's name,
/// whatever order the records come in.
enum DNSMessage {
    static let headerBytes = 12
    /// The UDP payload that we announce and the longest message that we read: it crosses every link unfragmented.
    static let bytesMax = 1232
    /// The number of CNAMEs that are followed from one name to the next.
    static let chainMax = 16
    /// A week. Longer times to live are capped here, as RFC 8767, section 4 advises.
    static let timeToLiveSecondsMax = 604_800

    static let internetClass: UInt16 = 1

    enum RecordType {
        static let cname: UInt16 = 5
        static let opt: UInt16 = 41
    }

    enum Flag {
        static let response: UInt16 = 0x8000
        static let opcode: UInt16 = 0x7800
        static let authoritative: UInt16 = 0x0400
        static let truncated: UInt16 = 0x0200
        static let recursionDesired: UInt16 = 0x0100
        static let recursionAvailable: UInt16 = 0x0080
        static let responseCode: UInt16 = 0x000F
    }

    /// RFC 1035, section 4.1.1 and RFC 6891, section 9.
    enum ResponseCode {
        static let noError: UInt16 = 0
        static let formatError: UInt16 = 1
        static let serverFailure: UInt16 = 2
        static let nameError: UInt16 = 3
        static let notImplemented: UInt16 = 4
        static let refused: UInt16 = 5
        static let badVersion: UInt16 = 16
    }
}

/// The addresses that a query asks for, by their record's type (RFC 1035, section 3.4.1; RFC 3596, section 2.1).
enum DNSAddressType: UInt16, Sendable {
    case ipv4 = 1
    case ipv6 = 28

    var addressBytes: Int { self == .ipv4 ? 4 : 16 }
}

/// Why a datagram cannot be read as an answer.
enum DNSMessageFault: Error, Hashable, Sendable {
    /// It does not answer the query, so it is not for us. The words say why.
    case foreign(String)
    /// It answers the query but breaks the format of RFC 1035. The words say how.
    case malformed(String)
}
