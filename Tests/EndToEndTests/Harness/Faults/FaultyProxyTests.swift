import Foundation
import Testing

/// The proxy does what it promises, so the tests that rely on it prove something.
@Suite struct FaultyProxyTests {
    /// Runs `body` with a proxy in front of an echo that answers in capitals.
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
        #expect(try wire.read(text.utf8.count, "an echo") == Array(text.uppercased().utf8))
    }

    @Test func `bytes pass in both directions`() throws {
        try withEcho { proxy in
            let wires = try (0..<10).map { _ in try Wire(port: proxy.port) }
            for round in 0..<10 { for wire in wires { try exchange("round \(round)", on: wire) } }
            #expect(proxy.connectionCount == 10)
            wires[0].finishSending()
            #expect(wires[0].endsSilently(within: 5))
            try exchange("others go on", on: wires[1])
        }
    }

    @Test func `a reset reaches the client as ECONNRESET`() throws {
        try withEcho { proxy in
            let wire = try Wire(port: proxy.port)
            try exchange("before", on: wire)
            proxy.reset()
            #expect(proxy.connectionCount == 0)
            do {
                _ = try wire.read(1, "anything")
                Issue.record("a byte came after the reset")
            } catch Wire.Fault.failed(let number) {
                #expect(number == ECONNRESET)
            }
            try exchange("a new one", on: try Wire(port: proxy.port))
        }
    }

    @Test func `an orderly close reaches the client as an end`() throws {
        try withEcho { proxy in
            let wire = try Wire(port: proxy.port)
            try exchange("before", on: wire)
            proxy.close()
            #expect(throws: Wire.Fault.self) { try wire.read(1, "anything") }
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
            #expect(try wire.read(6, "an echo") == Array("FROZEN".utf8))
            // A frozen connection does not notice that its client has left, either.
            proxy.freeze()
            let count = proxy.connectionCount
            wire.finishSending()
            usleep(50_000)
            #expect(proxy.connectionCount == count)
        }
    }

    @Test func `a connection to a port without a listener ends at once`() throws {
        let proxy = try FaultyProxy { 1 }
        #expect(try Wire(port: proxy.port).endsSilently(within: 5))
    }

    @Test func `a proxy leaves no descriptors behind`() throws {
        // The first proxy opens descriptors that stay open for good.
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
        // Other tests open and close descriptors meanwhile. Twenty leaky proxies would leave more than two hundred.
        while WholeFile.names(in: "/proc/self/fd").count > before + 60, !deadline.isOver { usleep(10_000) }
        #expect(WholeFile.names(in: "/proc/self/fd").count <= before + 60)
    }
}
