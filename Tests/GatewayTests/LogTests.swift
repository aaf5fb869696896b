import Bytes
import Platform
import Testing

@testable import Gateway

@Suite struct LogTests {
    private let now = Moment(
        wall: Timestamp(milliseconds: 1_736_677_801_800), monotonic: MonotonicTime(milliseconds: 0))

    private func text(_ log: Log) -> String { String(decoding: log.waiting.copy(), as: UTF8.self) }

    @Test func `a log line has the form that a technician looks for`() {
        var log = Log()
        log.write(.info, "WebsocketGateway", "Admin socket added: abc123", at: now)
        #expect(text(log) == "2025-01-12T10:30:01.800Z [WebsocketGateway] Admin socket added: abc123\n")
    }

    @Test func `systemd gets the priority in place of the time`() {
        var log = Log(isForSystemd: true)
        log.write(.error, "Journal", "No space", at: now)
        #expect(text(log) == "<3>[Journal] No space\n")
    }

    @Test func `lines below the level are left out`() {
        var log = Log(level: .warning)
        log.write(.info, "Server", "quiet", at: now)
        log.write(.warning, "Server", "loud", at: now)
        #expect(text(log).hasSuffix("WARNING [Server] loud\n"))
        #expect(!text(log).contains("quiet"))
    }

    @Test func `a peer's control characters do not start new lines`() {
        var log = Log()
        log.write(.info, "Server", "a\nb\u{1B}[31m\u{7F}", at: now)
        #expect(text(log).hasSuffix("[Server] a?b?[31m?\n"))
    }

    @Test func `the waiting lines are bounded`() {
        var log = Log()
        let line = String(repeating: "x", count: 1000)
        for _ in 0..<1000 { log.write(.info, "Server", line, at: now) }
        #expect(log.waiting.count <= Log.waitingBytesMax + 2000)
    }
}
