import CLinux
import Glibc

/// What a process that the station has started does first.
public enum ChildProcess {
    /// Has the kernel kill this process when the one that started it ends (prctl(2), PR_SET_PDEATHSIG): nobody is left
    /// to read its result.
    ///
    /// - Returns: false where that has happened before: the other end of standard output is closed, and this process is
    ///   to end by itself.
    public static func endWithParent() -> Bool {
        _ = clinux_die_with_parent()
        var output = pollfd(fd: STDOUT_FILENO, events: 0, revents: 0)
        return unsafe poll(&output, 1, 0) < 1 || output.revents & Int16(POLLHUP | POLLERR) == 0
    }

    /// Lets every other process go first (sched(7), SCHED_IDLE): nobody waits for what this one does. A lower priority
    /// is not enough, as a process that wakes up waits for the end of the time slice that another one is in the midst
    /// of. Beside one that never sleeps it still gets the three hundredth part of the processor.
    public static func giveWay() { _ = clinux_give_way() }

    /// Has the kernel kill this process after a time (alarm(2)).
    public static func end(afterSeconds seconds: UInt32) { _ = alarm(seconds) }
}
