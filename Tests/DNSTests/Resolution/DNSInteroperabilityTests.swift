import Bytes
import Foundation
import Peers
import Testing

@testable import DNS

/// The whole resolution against a server that we did not write. Needs Debian's dnsmasq-base; uses only the loopback.
@Suite(.serialized, .enabled(if: Dnsmasq.path != nil, "needs dnsmasq"), .timeLimit(.minutes(1)))
struct DNSInteroperabilityTests {
    private static let hosts =
        ["192.0.2.7 central.test", "2001:db8::7 central.test", "192.0.2.8 only4.test", "2001:db8::9 only6.test"]
        + (1...100).map { "192.0.2.\($0) many.test" }

    /// Owns a resolution and polls each of its sockets.
    private func outcome(of name: String, configuration: String = "", port: UInt16) throws -> NameResolutionAction? {
        var random = SystemRandomNumberGenerator()
        let start = Date()
        func now() -> MonotonicTime { MonotonicTime(milliseconds: Int64(Date().timeIntervalSince(start) * 1000)) }
        var resolution = NameResolution(
            of: name, configuration: ResolverConfiguration(Array(configuration.utf8)), hosts: HostsFile(),
            using: &random, now: now())
        var sockets: [Int: DatagramSocket] = [:]
        while now().milliseconds < 30_000 {
            while let action = resolution.nextAction(using: &random) {
                switch action {
                case .send(let bytes, let server, let number):
                    #expect(server == .loopbackIPv4)
                    let socket = try DatagramSocket(to: port)
                    socket.send(bytes)
                    sockets[number] = socket
                case .close(let number): sockets[number] = nil
                case .resolved, .failed:
                    #expect(sockets.isEmpty && resolution.ignoredCount == 0)
                    return action
                }
            }
            for (number, socket) in sockets {
                switch socket.receive(milliseconds: 20) {
                case .success(let datagram)?:
                    resolution.receive(datagram.span, from: .loopbackIPv4, query: number, now: now())
                case .failure?: resolution.fail(query: number, now: now())
                case nil: break
                }
            }
            if let deadline = resolution.deadline, now() >= deadline { resolution.expire(now: now()) }
        }
        return nil
    }

    private func resolved(_ addresses: String..., seconds: Int = 77) -> NameResolutionAction {
        .resolved(ResolvedAddresses(addresses.compactMap { IPAddress(text: $0) }, timeToLiveSeconds: seconds))
    }

    @Test func `names of dnsmasq are resolved`() throws {
        let server = try Dnsmasq(
            hosts: Self.hosts, options: ["--cname=alias.test,central.test", "--cname=alias2.test,alias.test"])
        let port = server.port
        #expect(try outcome(of: "central.test", port: port) == resolved("2001:db8::7", "192.0.2.7"))
        #expect(try outcome(of: "CENTRAL.test", port: port) == resolved("2001:db8::7", "192.0.2.7"))
        #expect(try outcome(of: "alias2.test", port: port) == resolved("2001:db8::7", "192.0.2.7"))
        #expect(try outcome(of: "only4.test", port: port) == resolved("192.0.2.8"))
        #expect(try outcome(of: "only6.test", port: port) == resolved("2001:db8::9"))
        #expect(
            try outcome(of: "central", configuration: "search x.test test", port: port)
                == resolved("2001:db8::7", "192.0.2.7"))
        let nowhere = "nowhere.test"
        #expect(
            try outcome(of: nowhere, port: port) == .failed(.nonexistent(nowhere, asked: [DNSName("\(nowhere).")])))
    }

    @Test func `refusals and truncated answers of dnsmasq are understood`() throws {
        let server = try Dnsmasq(hosts: Self.hosts, options: [])
        let refused = try #require(try outcome(of: "example.com", port: server.port))
        guard case .failed(let fault) = refused else {
            Issue.record("\(refused)")
            return
        }
        #expect(fault.description == "example.com could not be looked up: 127.0.0.1 answered REFUSED")
        // A hundred addresses do not fit, and those that do are used.
        guard case .resolved(let many)? = try outcome(of: "many.test", port: server.port) else {
            Issue.record("nothing of the truncated answer was used")
            return
        }
        #expect(many.addresses.count == 16)
    }

    @Test func `a missing server is unreachable`() throws {
        let port = try DatagramSocket.unusedPort()
        let outcome = try outcome(of: "central.test", port: port)
        guard case .failed(let fault)? = outcome else {
            Issue.record("\(String(describing: outcome))")
            return
        }
        #expect(fault.description == "central.test could not be looked up: 127.0.0.1 cannot be reached")
    }
}
