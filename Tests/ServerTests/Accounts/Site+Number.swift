import Bytes
import Platform

/// Sites by number, for tests.
extension Site: ExpressibleByIntegerLiteral {
    init(_ number: UInt64) { self = PeerAddress(.ipv4(UInt32(truncatingIfNeeded: number))).site }

    public init(integerLiteral number: UInt64) { self.init(number) }
}
