import Bytes
import Testing

@testable import Linux

@Suite struct MachineTests {
    @Test func `this machine has loopback addresses and a name`() {
        #expect(Machine.addresses.contains(.loopbackIPv4))
        #expect(!Machine.hostName.isEmpty)
    }

    @Test func `temporary, tentative and deprecated IPv6 addresses are left out`() {
        let lines = [
            "fd000000000000000000000000000002 04 40 00 82     eth0",
            "20010db8000000000000000000000007 04 40 00 01 eth0",
            "20010db8000000000000000000000008 04 40 00 40 eth0", "20010db8000000000000000000000009 04 40 00 a0 eth0",
            "00000000000000000000000000000001 01 80 10 80       lo",
            "fe800000000000000000000000000001 04 40 20 00 eth0",
        ]
        let table = Array((lines.joined(separator: "\n") + "\n").utf8)
        #expect(Machine.ipv6Addresses(in: table).map(\.description) == ["fd00::2", "::1", "fe80::1"])
    }

    @Test func `what is no table of addresses has none`() {
        let odd = [
            "", "\n\n", "fd00 04 40 00 82 eth0", "fd000000000000000000000000000002 04 40 00 xx eth0",
            "fd000000000000000000000000000002 04 40 00", "gd000000000000000000000000000002 04 40 00 82 eth0",
            "fd000000000000000000000000000002 04 40 00 82 eth0 more",
        ]
        for text in odd { #expect(Machine.ipv6Addresses(in: Array(text.utf8)) == [], "\(text)") }
        let many = String(repeating: "fd000000000000000000000000000002 04 40 00 82 eth0\n", count: 1_000)
        #expect(Machine.ipv6Addresses(in: Array(many.utf8)).count == 256)
    }
}
