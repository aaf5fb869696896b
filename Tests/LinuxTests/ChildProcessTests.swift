import Glibc
import Linux
import Testing

@Suite struct ChildProcessTests {
    /// What `endWithParent` answers in a process whose output goes to one end of a socket pair.
    private func goesOn(afterClosing isClosed: Bool) -> Bool {
        var ends: [Int32] = [-1, -1]
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0 else { return !isClosed }
        dup2(ends[1], STDOUT_FILENO)
        // As the station does: there is nothing more to read from it.
        shutdown(ends[0], Int32(SHUT_WR))
        if isClosed { close(ends[0]) }
        return ChildProcess.endWithParent()
    }

    @Test func `it goes on while somebody reads its result`() async {
        await #expect(processExitsWith: .success) {
            exit(ChildProcessTests().goesOn(afterClosing: false) ? EXIT_SUCCESS : EXIT_FAILURE)
        }
    }

    /// The parent was gone before the kernel could be asked to tell.
    @Test func `it ends where nobody does`() async {
        await #expect(processExitsWith: .success) {
            exit(ChildProcessTests().goesOn(afterClosing: true) ? EXIT_FAILURE : EXIT_SUCCESS)
        }
    }

    @Test func `it ends after its time`() async {
        await #expect(processExitsWith: .signal(SIGALRM)) {
            ChildProcess.end(afterSeconds: 1)
            while true { pause() }
        }
    }
}
