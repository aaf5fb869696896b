import CLinux
import Glibc
import Platform

/// Child processes: another instance of this executable, with a hidden command, joined to the loop by a socket pair.
///
/// posix_spawn(3) does not copy the parent's page tables, so starting a child costs the same however much memory the
/// station uses. Every user of the machine can read arguments, so secrets are never among them: passwords go through
/// the socket.
extension LinuxNetwork {
    public func start(_ command: ChildProcessCommand) throws(NetworkError) -> ConnectionID {
        var ends: [Int32] = [-1, -1]
        let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        guard unsafe socketpair(AF_UNIX, type, 0, &ends) == 0 else { throw .last("socketpair") }
        let (ours, theirs) = (ends[0], ends[1])
        defer { Glibc.close(theirs) }
        let arguments = ["stationd"] + command.arguments
        var input = command.input
        // A socket's buffer holds far more than the longest input.
        let written = repeating {
            input.isEmpty ? 0 : unsafe Int32(Glibc.send(ours, &input, input.count, Int32(MSG_DONTWAIT)))
        }
        guard written == input.count, shutdown(ours, Int32(SHUT_WR)) == 0,
            clinux_fcntl(ours, F_SETFL, O_NONBLOCK) == 0
        else {
            let error = NetworkError.last("send to a child process")
            Glibc.close(ours)
            throw error
        }
        // Register before spawning: otherwise a child could run that nobody listens to.
        let connection = try registered(ours, events: EPOLLIN.rawValue, isDatagram: false)
        let failure = Self.spawn(arguments, joinedTo: theirs)
        guard failure == 0 else {
            close(connection, reset: false)
            errno = failure
            throw .last("posix_spawn")
        }
        return connection
    }

    /// Returns 0, or the errno of the failure.
    static func spawn(_ arguments: [String], joinedTo descriptor: Int32) -> Int32 {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_adddup2(&actions, descriptor, STDIN_FILENO)
        unsafe posix_spawn_file_actions_adddup2(&actions, descriptor, STDOUT_FILENO)
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        // The loop reads its signals from a descriptor; in the child they are ordinary signals again.
        var mask = sigset_t()
        unsafe sigemptyset(&mask)
        unsafe posix_spawnattr_setsigmask(&attributes, &mask)
        unsafe sigaddset(&mask, SIGPIPE)
        unsafe sigaddset(&mask, SIGCHLD)
        unsafe posix_spawnattr_setsigdefault(&attributes, &mask)
        unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        var pointers = unsafe arguments.map { unsafe strdup($0) }
        unsafe pointers.append(nil)
        defer { unsafe pointers.forEach { unsafe free($0) } }
        var process: pid_t = 0
        return unsafe posix_spawn(&process, "/proc/self/exe", &actions, &attributes, &pointers, environ)
    }
}
