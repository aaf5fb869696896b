import Foundation
import JSON
import Testing

extension EndToEnd {
    @Suite struct Listen {
        /// Whether this machine has the loopback address `::1`.
        private static let hasIPv6 = WholeFile.text("/proc/net/if_inet6").contains("00000000000000000000000000000001")

        @Test(.enabled(if: hasIPv6, "IPv6 is switched off"), arguments: [true, false])
        func `localhost is both loopback addresses`(isRepeated: Bool) throws {
            var options = StationProcess.Options()
            options.arguments = ["--listen", "localhost:0"]
            try StationProcess.running(options) { station in
                // The harness listens on a port of its own.
                let mark = "Listening on [::1]:"
                let line = try #require(station.log.split(separator: "\n").first { $0.contains(mark) })
                let port = try #require(line.components(separatedBy: mark).last.flatMap { UInt16($0) })
                #expect(port != station.port && station.log.contains("Listening on 127.0.0.1:\(port)"))
                #expect(Self.connects(port: port))
                #expect(try HTTPClient(port: port).get("/healthz").status == 200)
                guard isRepeated else { return }
                // An address that is named twice is listened on once.
                station.kill()
                station.options.arguments = ["--listen", "localhost:\(port)", "--listen", "[::1]:\(port)"]
                try station.start()
                #expect(station.log.components(separatedBy: "Listening on [::1]:\(port)").count == 2)
                #expect(Self.connects(port: port))
            }
        }

        /// Whether a connection to `[::1]` is accepted.
        private static func connects(port: UInt16) -> Bool {
            let descriptor = socket(AF_INET6, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
            guard descriptor >= 0 else { return false }
            defer { close(descriptor) }
            var address = sockaddr_in6()
            address.sin6_family = sa_family_t(AF_INET6)
            address.sin6_port = port.bigEndian
            withUnsafeMutableBytes(of: &address.sin6_addr) { $0[15] = 1 }
            return withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in6>.size)) == 0
                }
            }
        }
    }
}
