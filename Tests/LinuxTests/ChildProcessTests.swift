import Glibc
import Linux
import Testing

@Suite struct ChildProcessTests {
    /// The result of `endWithParent` in a process whose output goes to one end of a socket pair.
    private func continues(afterClosing isClosed: Bool) -> Bool {
        var ends: [Int32] = [-1, -1]
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0 else { return !isClosed }
        dup2(ends[1], STDOUT_FILENO)
        // The station does the same after it has sent the child its input.
        shutdown(ends[0], Int32(SHUT_WR))
        if isClosed { close(ends[0]) }
        return ChildProcess.endWithParent()
    }

    @Test func `a child continues while somebody reads its result`() async {
        await #expect(processExitsWith: .success) {
            exit(ChildProcessTests().continues(afterClosing: false) ? EXIT_SUCCESS : EXIT_FAILURE)
        }
    }

    /// The parent ended before the child could ask the kernel to tell it.
    @Test func `a child ends if nobody reads its result`() async {
        await #expect(processExitsWith: .success) {
            exit(ChildProcessTests().continues(afterClosing: true) ? EXIT_FAILURE : EXIT_SUCCESS)
        }
    }

    @Test func `a child ends after its time`() async {
        await #expect(processExitsWith: .signal(SIGALRM)) {
            ChildProcess.end(afterSeconds: 1)
            while true { pause() }
        }
    }
}
