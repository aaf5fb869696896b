import Bytes
import Foundation
import Platform
import Testing

@testable import Linux

/// Which addresses are on the machine's own links.
@Suite struct OwnLinksTests {
    private static let zeros = String(repeating: "0", count: 32)

    /// A line of /proc/self/net/ipv6_route.
    private func line(
        _ address: String, _ length: Int, gateway: String = OwnLinksTests.zeros, flags: String = "00000001",
        _ device: String = "eth0"
    ) -> String {
        "\(address) \(String(length, radix: 16)) \(Self.zeros) 00 \(gateway) 00000100 00000001 00000000 \(flags) "
            + "    \(device)\n"
    }

    private func networks(_ lines: String...) -> [String] {
        OwnLinks.networks(in: Array(lines.joined().utf8)) { device in
            ["eth0": 0x1003, "br0": 0x1003, "lo": 0x9, "ppp0": 0x10D1][device]
        }.map { "\($0)" }
    }

    private let lan = "20010db8000000010000000000000000"

    @Test func `a route without a gateway is a link`() {
        #expect(networks(line(lan, 64)) == ["2001:db8:0:1::/64"])
        #expect(networks(line(lan, 64), line(lan, 64), line(lan, 64, "br0")) == ["2001:db8:0:1::/64"])
        #expect(networks(line("fd00000000000000000000000000000a", 128)) == ["fd00::a"])
        #expect(networks(line("20010db8000100000000000000000000", 48)) == ["2001:db8:1::/48"])
    }

    @Test func `what leads elsewhere is none`() {
        #expect(networks(line(lan, 64, gateway: "fe800000000000000000000000000001", flags: "00000003")).isEmpty)
        #expect(networks(line(lan, 64, flags: "00000000")).isEmpty)
        #expect(networks(line(lan, 64, flags: "00000201")).isEmpty)
        #expect(networks(line(lan, 128, flags: "80200001", "lo")).isEmpty)
        #expect(networks(line(lan, 128, flags: "80200001")).isEmpty)
        // The default route over a line without a gateway, a network behind one peer, and an unknown device.
        #expect(networks(line(Self.zeros, 0, "ppp0"), line(lan, 64, "ppp0"), line(lan, 64, "wg9")).isEmpty)
        #expect(networks(line("ff000000000000000000000000000000", 8)).isEmpty)
    }

    @Test func `strange lines are passed over`() {
        let long = String(repeating: "f", count: 4000)
        #expect(
            networks("\n", "x\n", "\(lan) 40\n", line(long, 64), line(lan, 300), line("zz", 64), line(lan, 64))
                == ["2001:db8:0:1::/64"])
        let many = (0..<300).map {
            line("20010db8" + String(format: "%08x", $0) + String(repeating: "0", count: 16), 64)
        }
        #expect(networks(many.joined()).count == 64)
    }

    @Test func `link-local addresses are on a link, and loopback is not`() throws {
        let network = try LinuxNetwork(dataPath: "/nonexistent")
        for (text, isThere) in [
            ("fe80::1", true), ("febf::1", true), ("fec0::1", false), ("::1", false), ("127.0.0.1", false),
            ("192.0.2.1", false), ("2001:db8:dead::1", false),
        ] {
            #expect(network.isNeighbour(try #require(IPAddress(text: text))) == isThere, "\(text)")
        }
    }

    /// The addresses of this machine, whose networks the kernel says itself (getifaddrs(3)).
    private static let own: [IPAddress] = {
        var found: [IPAddress] = []
        var first: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&first) == 0 else { return [] }
        defer { freeifaddrs(first) }
        var next = first
        while let interface = next?.pointee {
            next = interface.ifa_next
            let excluded = UInt32(IFF_LOOPBACK) | UInt32(IFF_POINTOPOINT)
            guard let address = interface.ifa_addr, Int32(address.pointee.sa_family) == AF_INET6,
                interface.ifa_flags & excluded == 0, interface.ifa_flags & UInt32(IFF_UP) != 0
            else { continue }
            let bytes = UnsafeRawBufferPointer(start: address, count: 24)[8..<24]
            if let address = IPAddress(bytes: bytes) { found.append(address) }
        }
        return found
    }()

    @Test(.enabled(if: !own.isEmpty, "needs an IPv6 address"), arguments: own)
    func `the next address on a link of this machine is a neighbour`(_ address: IPAddress) throws {
        guard case .ipv6(let high, let low) = address else { return }
        let network = try LinuxNetwork(dataPath: "/nonexistent")
        #expect(network.isNeighbour(.ipv6(high: high, low: low ^ 1)))
        #expect(!network.isNeighbour(.ipv6(high: high ^ 1 << 20, low: low)) || high >> 54 == 0x3FA)
    }

    @Test(.enabled(if: own.contains { $0.isGlobal }, "needs an IPv6 address other than link-local"))
    func `a peer on a link of this machine counts by itself`() throws {
        let address = try #require(Self.own.first { $0.isGlobal })
        let network = try LinuxNetwork(dataPath: "/nonexistent")
        let listener = try network.listen(on: .tcp(host: "::", port: 0))
        _ = try network.connect(to: address, port: network.port(of: listener))
        var events: [NetworkEvent] = []
        let deadline = SystemClock.now().monotonic.advanced(byMilliseconds: 5000)
        while !events.contains(.acceptable(listener)), SystemClock.now().monotonic < deadline {
            _ = network.poll(into: &events, until: deadline)
        }
        guard case .connection(_, let peer) = network.accept(from: listener) else {
            Issue.record("no connection is waiting")
            return
        }
        #expect(peer == PeerAddress(address, isNeighbour: true))
        #expect("\(peer.site)" == "\(address)")
    }
}

extension IPAddress {
    fileprivate var isGlobal: Bool {
        guard case .ipv6(let high, _) = self else { return false }
        return high >> 54 != 0x3FA
    }
}
