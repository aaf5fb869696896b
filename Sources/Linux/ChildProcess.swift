import CLinux

/// What a process that the station has started does first.
public enum ChildProcess {
    /// Has the kernel kill this process when the one that started it ends (prctl(2), PR_SET_PDEATHSIG): nobody is left
    /// to read its result.
    public static func endWithParent() { _ = clinux_die_with_parent() }
}
