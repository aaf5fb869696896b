import Bytes

/// The header of the PROXY protocol, versions 1 and 2, by which a proxy says at the start of a connection on whose
/// behalf it connects (haproxy.org, "The PROXY protocol", sections 2.1 and 2.2).
///
/// Version 1 is a line of at most 107 bytes, `PROXY TCP4 192.0.2.7 192.0.2.1 4711 8080` and CRLF, with `TCP6` or
/// `UNKNOWN` in place of `TCP4`. Version 2 is
///
///     0    12 bytes  0D 0A 0D 0A 00 0D 0A 51 55 49 54 0A
///     12   1 byte    the version, 2, in the upper half; the command: 0 is LOCAL, 1 is PROXY
///     13   1 byte    the family: 0 unspecified, 1 IPv4, 2 IPv6, 3 Unix; the transport: 0 unspecified, 1 stream
///     14   2 bytes   the number of bytes that follow: addresses, ports, and further items, which are ignored
///
/// Only a trusted proxy's connection may be read with this. A request never begins like either version, so a
/// connection without the header is recognised, whatever its bytes are split into.
public struct ProxyPreface: Sendable {
    /// What the bytes received so far are.
    public enum Outcome: Hashable, Sendable {
        /// More bytes will tell.
        case incomplete
        /// The connection begins with something else.
        case absent
        /// The proxy speaks for this address; nil if for itself, or if it does not say.
        case header(IPAddress?)
        /// Neither a header nor anything else. Close the connection without an answer.
        case malformed
    }

    /// The longest header of version 2 that is read. The addresses take up 36 bytes.
    public static let bytesMax = 4096

    private static let lineStart = Array("PROXY ".utf8)
    private static let lineBytesMax = 107
    private static let signature: [UInt8] = [0x0D, 0x0A, 0x0D, 0x0A, 0, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A]
    private static let fixedBytes = 16

    private var input: [UInt8] = []
    private var outcome = Outcome.incomplete
    private var headerBytes = 0

    /// Creates a machine at the start of a connection.
    public init() {}

    /// Receives bytes from the proxy, and says what it is that has been received. Complexity: O(bytes).
    public mutating func receive(_ bytes: Span<UInt8>) -> Outcome {
        input.append(bytes)
        if outcome == .incomplete { outcome = read() }
        return outcome
    }

    /// The bytes after the header; all of them if there is none.
    public var rest: ArraySlice<UInt8> { input[headerBytes...] }

    /// The number of bytes that wait for the end of the header.
    public var bufferedBytes: Int { input.count }

    private mutating func read() -> Outcome {
        if Self.agree(input, Self.lineStart) {
            return input.count < Self.lineStart.count ? .incomplete : readLine()
        }
        if Self.agree(input, Self.signature) {
            return input.count < Self.fixedBytes ? .incomplete : readBinary()
        }
        return .absent
    }

    /// Whether one of the two begins with the other.
    private static func agree(_ input: [UInt8], _ start: [UInt8]) -> Bool {
        zip(input, start).allSatisfy { $0 == $1 }
    }

    // MARK: Version 1

    private mutating func readLine() -> Outcome {
        let searched = input.prefix(Self.lineBytesMax)
        guard let end = searched.firstIndex(where: { $0 == 0x0D || $0 == 0x0A }) else {
            return searched.count < Self.lineBytesMax ? .incomplete : .malformed
        }
        guard input[end] == 0x0D, end + 2 <= Self.lineBytesMax else { return .malformed }
        guard end + 1 < input.count else { return .incomplete }
        guard input[end + 1] == 0x0A else { return .malformed }
        headerBytes = end + 2
        let parts = input[Self.lineStart.count..<end].split(separator: 0x20, omittingEmptySubsequences: false)
        // A receiver ignores whatever follows UNKNOWN.
        if parts.first?.elementsEqual("UNKNOWN".utf8) == true { return .header(nil) }
        guard parts.count == 5, let source = IPAddress(ascii: parts[1]), let destination = IPAddress(ascii: parts[2]),
            source.isIPv6 == destination.isIPv6,
            parts[0].elementsEqual((source.isIPv6 ? "TCP6" : "TCP4").utf8), parts[3...].allSatisfy(Self.isPort)
        else { return .malformed }
        return Self.header(source)
    }

    /// An address that no client can have is none.
    private static func header(_ address: IPAddress?) -> Outcome {
        guard let address = address?.unmapped, address.isUnicast else { return .header(nil) }
        return .header(address)
    }

    private static func isPort(_ text: ArraySlice<UInt8>) -> Bool {
        guard text.count == 1 || text.first != 0x30, let number = Decimal.parse(text) else { return false }
        return number <= 65535
    }

    // MARK: Version 2

    private mutating func readBinary() -> Outcome {
        let count = Int(input[14]) << 8 | Int(input[15])
        let addresses = Self.fixedBytes
        guard input[12] >> 4 == 2, addresses + count <= Self.bytesMax else { return .malformed }
        guard input.count >= addresses + count else { return .incomplete }
        headerBytes = addresses + count
        switch (input[12] & 0x0F, input[13]) {
        // The proxy connects for itself, for example to see whether the station answers.
        case (0, _): return .header(nil)
        case (1, 0x00): return .header(nil)
        case (1, 0x11) where count >= 12: return Self.header(IPAddress(bytes: input[addresses..<(addresses + 4)]))
        case (1, 0x21) where count >= 36:
            return Self.header(IPAddress(bytes: input[addresses..<(addresses + 16)]))
        case (1, 0x31) where count >= 216: return .header(nil)
        default: return .malformed
        }
    }
}
