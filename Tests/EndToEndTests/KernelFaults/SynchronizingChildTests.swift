import Foundation
import JSON
import Testing

extension EndToEnd {
    /// A kernel that does not allow io_uring: a child process synchronizes the journal.
    @Suite(.enabled(if: Strace.isAvailable, "strace is missing or may not trace"))
    struct SynchronizingChild {
        private let body: JSONValue = ["user_id": 1, "description": "synchronized by a child"]

        /// A station under strace, which refuses io_uring, and its process id.
        private func makeStation(_ more: [String] = []) throws -> FaultedProcess {
            let station = try StationProcess()
            let refusal = ["-f", "-e", "trace=io_uring_setup,fdatasync", "-e", "inject=io_uring_setup:error=EPERM"]
            let process = try FaultedProcess(station, refusal + more)
            #expect(process.waitUntilListening(seconds: 20))
            return process
        }

        private func client(of process: FaultedProcess) throws -> HTTPClient {
            let tokens = try #require(DemoTokens(of: process.station))
            return HTTPClient(port: try #require(process.port), token: tokens.driver)
        }

        /// The child process that synchronizes.
        private func child(of process: FaultedProcess) throws -> pid_t? {
            let parent = try #require(process.pid)
            return try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap { pid_t($0) }.first { pid in
                WholeFile.text("/proc/\(pid)/cmdline").contains("synchronize")
                    && WholeFile.text("/proc/\(pid)/status").contains("PPid:\t\(parent)\n")
            }
        }

        @Test func `what it has synchronized is there after a stop, and the stop is orderly`() throws {
            let process = try makeStation()
            defer { process.station.remove() }
            defer { process.end() }
            let driver = try client(of: process)
            #expect(try child(of: process) != nil)
            for _ in 0..<20 { #expect(try driver.request("POST", "/api/v1/support", body).status == 201) }
            process.signal(SIGTERM)
            #expect(process.wait(seconds: 20) == .code(0), "\(process.station.log)")
            process.station.options.preparation = nil
            try process.station.start()
            let again = process.station.client(token: driver.token)
            let count = try again.request("GET", "/api/v1/support").json.arrayValue?.count ?? 0
            #expect(count >= 20)
        }

        @Test func `one that dies with nothing to do is replaced`() throws {
            let process = try makeStation()
            defer { process.station.remove() }
            defer { process.end() }
            let driver = try client(of: process)
            #expect(try driver.request("POST", "/api/v1/support", body).status == 201)
            let first = try #require(try child(of: process))
            Glibc.kill(first, SIGKILL)
            let deadline = Deadline(seconds: 10)
            while Glibc.kill(first, 0) == 0, !deadline.isOver { usleep(1000) }
            #expect(try driver.request("GET", "/healthz").status == 200)
            #expect(try driver.request("POST", "/api/v1/support", body).status == 201)
            #expect(try child(of: process) != first)
        }

        /// Nobody was told of the change, so nobody misses it.
        @Test func `one that dies at work ends the station without an answer`() throws {
            let process = try makeStation(["-e", "inject=fdatasync:delay_enter=2000000"])
            defer { process.station.remove() }
            defer { process.end() }
            let driver = try client(of: process)
            try driver.send("POST", "/api/v1/support", body)
            // It is in the synchronization for two seconds.
            usleep(500_000)
            #expect(try HTTPClient(port: driver.port, token: nil).request("GET", "/healthz").status == 200)
            Glibc.kill(try #require(try child(of: process)), SIGKILL)
            #expect((try? driver.answer(to: "POST")) == nil)
            let exit = process.wait(seconds: 20)
            #expect(exit != nil && exit != .code(0))
        }
    }
}
