import Bytes
import Foundation
import Glibc
import Linux
import Peers
import Testing

@testable import Gateway

/// Dialing names over the real network.
@Suite(.timeLimit(.minutes(1))) struct DialerTests {
    private let service = DialingService()
    private let loop: EventLoop

    init() throws { loop = try DialingService.loop(service) }

    /// Resolver files with these texts. Nothing listens on port 1, the default for name servers here.
    private static func files(
        hosts: String = "", configuration: String = "nameserver 127.0.0.1\n", nameserverPort: UInt16 = 1
    ) -> ResolverFiles {
        var files = ResolverFiles { path in Array((path == "/etc/hosts" ? hosts : configuration).utf8) }
        files.nameserverPort = nameserverPort
        return files
    }

    /// Dials with a new dialer and waits for the result.
    private func dial(_ files: ResolverFiles, _ host: String, _ port: UInt16) throws -> DialResult {
        service.dialers = [Dialer(files: files)]
        return try dial(host, port)
    }

    /// Dials with the current dialer and waits for the result.
    private func dial(_ host: String, _ port: UInt16) throws -> DialResult {
        let count = service.results.count
        service.start(0, to: host, port: port, through: loop)
        try service.turn(loop) { service.results.count > count }
        return try #require(service.results.last)
    }

    /// Whether the result is a connection that works and, once closed, leaves nothing in the loop.
    private func isConnected(_ result: DialResult) -> Bool {
        guard case .connected(let connection) = result, loop.send([1], to: connection) else { return false }
        loop.closeOutgoing(connection)
        return holdsNothing
    }

    private var holdsNothing: Bool { loop.connections.all.isEmpty }

    @Test(arguments: [IPAddress.loopbackIPv4, .loopbackIPv6])
    func `an address is dialed as given`(address: IPAddress) throws {
        let listener = try RawSocket.listener(at: address)
        #expect(isConnected(try dial(Self.files(), "\(address)", listener.port)))
        let closed = try RawSocket(SOCK_STREAM, at: address)
        let place = address.isIPv6 ? "[::1]:\(closed.port)" : "127.0.0.1:\(closed.port)"
        #expect(try dial("\(address)", closed.port) == .failed("\(place): connection refused"))
        #expect(holdsNothing)
    }

    @Test func `the next address is tried if one refuses`() throws {
        let listener = try RawSocket.listener()
        let files = Self.files(hosts: "127.0.0.2 central.test\n127.0.0.3 central.test\n127.0.0.1 central.test")
        #expect(isConnected(try dial(files, "central.test", listener.port)))
    }

    @Test func `a failure names each address`() throws {
        let closed = try RawSocket(SOCK_STREAM)
        let files = Self.files(hosts: "127.0.0.2 central.test\n127.0.0.1 central.test")
        let words = "central.test:\(closed.port): connection refused (127.0.0.2, 127.0.0.1)"
        #expect(try dial(files, "central.test", closed.port) == .failed(words))
        #expect(holdsNothing)
    }

    /// RFC 8305, section 5: an address that does not answer delays the others by a quarter of a second.
    @Test func `the next address is tried while one is silent`() throws {
        let (silent, listener) = try #require(try Self.silentAndListener())
        let files = Self.files(hosts: "\(silent.address) central.test\n\(listener.address) central.test")
        let start = SystemClock.now().monotonic
        #expect(isConnected(try dial(files, "central.test", listener.port)))
        let millis = SystemClock.now().monotonic.milliseconds(since: start)
        #expect((AddressRace.attemptDelayMillis..<AddressRace.attemptTimeoutMillis).contains(millis))
    }

    /// A silent socket and a listener on the same port of two addresses.
    private static func silentAndListener() throws -> (RawSocket, RawSocket)? {
        for _ in 0..<20 {
            let silent = try RawSocket.silentPort(at: .ipv4(0x7F00_0002))
            // The port may be in use at the other address.
            if let listener = try? RawSocket.listener(port: silent.port) { return (silent, listener) }
        }
        return nil
    }

    @Test func `a silent name server is named in the failure`() throws {
        let silent = try RawSocket(SOCK_DGRAM)
        let configuration = "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n"
        let files = Self.files(configuration: configuration, nameserverPort: silent.port)
        let words = "central.test could not be looked up: no answer from 127.0.0.1 within 1 s"
        #expect(try dial(files, "central.test", 80) == .failed(words))
        #expect(holdsNothing)
    }

    @Test func `a name server that cannot be reached is named in the failure`() throws {
        let files = Self.files()
        let words = "central.test could not be looked up: 127.0.0.1 cannot be reached"
        #expect(try dial(files, "central.test", 80) == .failed(words))
        #expect(holdsNothing)
    }

    @Test func `a cancelled dial gives no result`() throws {
        let server = try RawSocket(SOCK_DGRAM)
        let silent = try RawSocket.silentPort()
        service.dialers = [Dialer(files: Self.files(nameserverPort: server.port)), Dialer(files: Self.files())]
        service.start(0, to: "central.test", port: 80, through: loop)
        service.start(1, to: "127.0.0.1", port: silent.port, through: loop)
        try service.turn(loop) { !service.happenings.isEmpty }
        #expect(!holdsNothing)
        for index in service.dialers.indices { service.dialers[index].cancel(through: loop) }
        #expect(holdsNothing && service.dialers.allSatisfy { !$0.isDialing && $0.deadline == nil })
        #expect(service.happenings == [.committed])
    }

    @Test func `several dialers work at the same time`() throws {
        let listeners = try (0..<8).map { _ in try RawSocket.listener() }
        service.dialers = listeners.map { _ in Dialer(files: Self.files(hosts: "127.0.0.1 central.test")) }
        for (index, listener) in listeners.enumerated() {
            service.start(index, to: "central.test", port: listener.port, through: loop)
        }
        try service.turn(loop) { service.results.count == listeners.count }
        #expect(Set(service.results).count == listeners.count)
        for case .connected(let connection) in service.results { loop.closeOutgoing(connection) }
        #expect(holdsNothing)
    }
}

/// Counts descriptors in a process of its own, where nothing else opens any.
@Suite(.timeLimit(.minutes(1))) struct DialerDescriptorTests {
    private static func socketCount() throws -> Int {
        let directory = URL(fileURLWithPath: "/proc/self/fd")
        return try FileManager.default.contentsOfDirectory(atPath: directory.path).count { name in
            let path = directory.appendingPathComponent(name).path
            // The directory's own descriptor is closed by now.
            return (try? FileManager.default.destinationOfSymbolicLink(atPath: path))?.hasPrefix("socket:") == true
        }
    }

    @Test func `dialing leaves no descriptor open`() async {
        await #expect(processExitsWith: .success) {
            let service = DialingService()
            let loop = try DialingService.loop(service)
            let listener = try RawSocket.listener()
            let silent = try RawSocket.silentPort()
            let closed = try RawSocket(SOCK_STREAM)
            var files = ResolverFiles { _ in nil }
            files.nameserverPort = 1
            service.dialers = [Dialer(files: files)]
            let before = try Self.socketCount()
            for (host, port) in [("127.0.0.1", listener.port), ("127.0.0.1", closed.port), ("central.test", 80)] {
                let count = service.results.count
                service.start(0, to: host, port: port, through: loop)
                try service.turn(loop) { service.results.count > count }
            }
            for case .connected(let connection) in service.results { loop.closeOutgoing(connection) }
            for (host, port) in [("127.0.0.1", silent.port), ("central.test", 80)] {
                service.start(0, to: host, port: port, through: loop)
                service.dialers[0].cancel(through: loop)
            }
            #expect(service.results.count == 3)
            #expect(try Self.socketCount() == before)
        }
    }
}

/// Dialing with a name server that we did not write. Needs Debian's dnsmasq-base.
@Suite(.enabled(if: Dnsmasq.path != nil, "needs dnsmasq"), .timeLimit(.minutes(1))) struct DialerNameServerTests {
    private let service = DialingService()
    private let loop: EventLoop

    init() throws { loop = try DialingService.loop(service) }

    @Test func `a resolved name is kept until nothing answers at its address`() throws {
        // No other test uses this address, so the port stays free once the listener is gone.
        let address = IPAddress.ipv4(0x7F00_004D)
        let server = try Dnsmasq(hosts: ["\(address) central.test"], options: [])
        var readings = 0
        var files = ResolverFiles { path in
            if path == "/etc/resolv.conf" { readings += 1 }
            return nil
        }
        files.nameserverPort = server.port
        service.dialers = [Dialer(files: files)]
        var listener: RawSocket? = try RawSocket.listener(at: address)
        let port = try #require(listener?.port)

        func dial() throws -> DialResult {
            let count = service.results.count
            service.start(0, to: "central.test", port: port, through: loop)
            try service.turn(loop) { service.results.count > count }
            return try #require(service.results.last)
        }
        for _ in 1...2 {
            let result = try dial()
            guard case .connected = result else {
                Issue.record("\(result)")
                return
            }
            #expect(readings == 1)
        }
        listener = nil
        let refusal = DialResult.failed("central.test:\(port): connection refused (\(address))")
        #expect(try dial() == refusal)
        #expect(readings == 1)
        #expect(try dial() == refusal)
        #expect(readings == 2)
    }
}
