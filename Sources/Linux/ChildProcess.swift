import CLinux
import Glibc

/// The first steps of a process that the station started.
public enum ChildProcess {
    /// Asks the kernel to kill this process when its parent ends (prctl(2), PR_SET_PDEATHSIG), as nobody is left then
    /// to read its result.
    ///
    /// - Returns: false if the parent had already ended: the other end of standard output is closed, and this process
    ///   must exit.
    public static func endWithParent() -> Bool {
        _ = clinux_die_with_parent()
        var output = pollfd(fd: STDOUT_FILENO, events: 0, revents: 0)
        return unsafe poll(&output, 1, 0) < 1 || output.revents & Int16(POLLHUP | POLLERR) == 0
    }

    /// Lets every other process go first (sched(7), SCHED_IDLE), as nobody waits for this one. A lower priority would
    /// not be enough: a process that wakes up must still wait for the end of another one's time slice. Beside a process
    /// that never sleeps, this one still gets a three-hundredth of the processor.
    public static func giveWay() { _ = clinux_give_way() }

    /// Lets the station go first (nice(2)): somebody waits for this process, but everybody waits for the station.
    public static func standBack() { _ = nice(5) }

    /// Asks the kernel to kill this process after `seconds` (alarm(2)).
    public static func end(afterSeconds seconds: UInt32) { _ = alarm(seconds) }
}
