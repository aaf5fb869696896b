import Bytes
import Testing

@testable import DNS

@Suite struct ResolvedAddressesTests {
    @Test func `families take turns, IPv6 first`() {
        func order(_ texts: String...) -> String {
            IPAddress.interleaved(texts.compactMap { IPAddress(text: $0) }).map(\.description).joined(separator: " ")
        }
        #expect(order("1.1.1.1", "2.2.2.2", "3.3.3.3", "::1", "::2") == "::1 1.1.1.1 ::2 2.2.2.2 3.3.3.3")
        #expect(order("1.1.1.1", "2.2.2.2", "1.1.1.1") == "1.1.1.1 2.2.2.2")
        #expect(order("::2", "::1", "::2") == "::2 ::1")
        #expect(order() == "")
    }
}
