import Foundation
import Testing

/// The proxy does to connections what it says, so that the tests that rely on it test something.
@Suite struct FaultyProxyTests {
    /// A listening socket that answers each connection with what came, in capitals.
    private func withEcho(_ body: (_ proxy: FaultyProxy) throws -> Void) throws {
        let listener = try LocalSocket.open()
        let port = try LocalSocket.listen(listener)
        let group = Threads.start(1) { _ in Self.echo(listener) }
        do {
            try body(try FaultyProxy { port })
        } catch {
            shutdown(listener, Int32(SHUT_RDWR))
            throw error
        }
        shutdown(listener, Int32(SHUT_RDWR))
        try group.wait(seconds: 10)
        close(listener)
    }

    private static func echo(_ listener: Int32) {
        var entries = [pollfd(fd: listener, events: Int16(POLLIN), revents: 0)]
        defer { for entry in entries.dropFirst() { close(entry.fd) } }
        while poll(&entries, nfds_t(entries.count), 5000) > 0 {
            if entries[0].revents & Int16(POLLHUP | POLLERR) != 0 { return }
            if entries[0].revents != 0, let peer = LocalSocket.accept(listener) {
                entries.append(pollfd(fd: peer, events: Int16(POLLIN), revents: 0))
            }
            for entry in entries.dropFirst() where entry.revents != 0 {
                var bytes = [UInt8](repeating: 0, count: 1024)
                let count = recv(entry.fd, &bytes, bytes.count, 0)
                if count > 0 {
                    let answer = String(decoding: bytes[..<count], as: UTF8.self).uppercased()
                    _ = send(entry.fd, answer, answer.utf8.count, Int32(MSG_NOSIGNAL))
                } else {
                    close(entry.fd)
                    entries.removeAll { $0.fd == entry.fd }
                }
            }
        }
    }

    private func exchange(_ text: String, on wire: Wire) throws {
        try wire.send(text)
        #expect(try wire.take(text.utf8.count, "an echo") == Array(text.uppercased().utf8))
    }

    @Test func `bytes go through in both directions`() throws {
        try withEcho { proxy in
            let wires = try (0..<10).map { _ in try Wire(port: proxy.port) }
            for round in 0..<10 { for wire in wires { try exchange("round \(round)", on: wire) } }
            #expect(proxy.connectionCount == 10)
            wires[0].finishSending()
            #expect(wires[0].endsSilently(within: 5))
            try exchange("others go on", on: wires[1])
        }
    }

    @Test func `a reset is a reset`() throws {
        try withEcho { proxy in
            let wire = try Wire(port: proxy.port)
            try exchange("before", on: wire)
            proxy.reset()
            #expect(proxy.connectionCount == 0)
            do {
                _ = try wire.take(1, "anything")
                Issue.record("something came")
            } catch Wire.Fault.failed(let number) {
                #expect(number == ECONNRESET)
            }
            try exchange("a new one", on: try Wire(port: proxy.port))
        }
    }

    @Test func `an orderly end is an orderly end`() throws {
        try withEcho { proxy in
            let wire = try Wire(port: proxy.port)
            try exchange("before", on: wire)
            proxy.close()
            #expect(throws: Wire.Fault.self) { try wire.take(1, "anything") }
            #expect(wire.hasEnded)
        }
    }

    @Test func `a frozen connection hangs until it thaws`() throws {
        try withEcho { proxy in
            let wire = try Wire(port: proxy.port)
            try exchange("before", on: wire)
            proxy.freeze()
            try wire.send("frozen")
            #expect(!wire.hasInput(within: 0.1))
            try exchange("a new one", on: try Wire(port: proxy.port))
            #expect(!wire.hasInput(within: 0.1))
            proxy.thaw()
            #expect(try wire.take(6, "an echo") == Array("FROZEN".utf8))
            // Nor does it notice that its client has left.
            proxy.freeze()
            let count = proxy.connectionCount
            wire.finishSending()
            usleep(50_000)
            #expect(proxy.connectionCount == count)
        }
    }

    @Test func `where nobody listens a connection ends at once`() throws {
        let proxy = try FaultyProxy { 1 }
        #expect(try Wire(port: proxy.port).endsSilently(within: 5))
    }

    @Test func `nothing is left of a proxy`() throws {
        // The first one opens what stays for good.
        try withEcho { try exchange("first", on: try Wire(port: $0.port)) }
        let before = WholeFile.names(in: "/proc/self/fd").count
        for _ in 0..<20 {
            try withEcho { proxy in
                let wires = try (0..<5).map { _ in try Wire(port: proxy.port) }
                for wire in wires { try exchange("hello", on: wire) }
                proxy.freeze()
            }
        }
        let deadline = Deadline(seconds: 5)
        // Other tests come and go meanwhile; twenty proxies would leave more than two hundred.
        while WholeFile.names(in: "/proc/self/fd").count > before + 60, !deadline.isOver { usleep(10_000) }
        #expect(WholeFile.names(in: "/proc/self/fd").count <= before + 60)
    }
}
