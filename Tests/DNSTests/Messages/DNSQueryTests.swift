import Testing

@testable import DNS

@Suite struct DNSQueryTests {
    @Test func `a query may carry an OPT record`() throws {
        let query = DNSQuery(id: 0xBEEF, name: try DNSName("Ab.c"), type: .ipv6, hasOPT: true)
        #expect(
            query.bytes == [
                0xBE, 0xEF, 0x01, 0x00, 0, 1, 0, 0, 0, 0, 0, 1,
                2, 0x61, 0x62, 1, 0x63, 0, 0, 28, 0, 1,
                0, 0, 41, 0x04, 0xD0, 0, 0, 0, 0, 0, 0,
            ])
    }

    @Test func `a query may go without an OPT record`() throws {
        let query = DNSQuery(id: 1, name: try DNSName("a"), type: .ipv4, hasOPT: false)
        #expect(query.bytes == [0, 1, 0x01, 0x00, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0x61, 0, 0, 1, 0, 1])
    }
}
