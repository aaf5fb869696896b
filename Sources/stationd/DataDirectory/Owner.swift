import Glibc

/// Root works on a stopped station as the user to whom its data directory belongs: files of root would lock the station
/// out.
enum Owner {
    /// Gives the path by which the directory can be reached from now on.
    static func become(ofDirectory path: String) throws(CommandFailure) -> String {
        guard geteuid() == 0 else { return path }
        var status = stat()
        guard unsafe stat(path, &status) == 0 else {
            throw CommandFailure(dataDirectory: path, SystemError(errno: errno))
        }
        guard status.st_uid != 0 else { return path }
        // The directories above may be root's alone (systemd's /var/lib/private): go in first.
        guard unsafe chdir(path) == 0, setgroups(0, nil) == 0, setgid(status.st_gid) == 0,
            setuid(status.st_uid) == 0
        else { throw CommandFailure(.noPermission, "become the owner of \(path): \(SystemError(errno: errno))") }
        return "."
    }
}

extension CommandFailure {
    /// A data directory that cannot be opened.
    init(dataDirectory path: String, _ error: SystemError) {
        switch error.errno {
        case ENOENT, ENOTDIR:
            self.init(.missingInput, "there is no data directory \(path): \(error)")
        case EACCES, EPERM: self.init(.noPermission, "the data directory \(path): \(error)")
        default: self.init(.inputOutput, "the data directory \(path): \(error)")
        }
    }
}
