import Glibc

/// The user who owns a data directory. On a stopped station root acts as that user, because files that belong to root
/// would lock the station out.
enum Owner {
    /// Gives up root for the owner of the directory. Does nothing for other users, or if root owns it.
    ///
    /// - Returns: the path at which to find the directory from now on.
    static func become(ofDirectory path: String) throws(CommandFailure) -> String {
        guard geteuid() == 0 else { return path }
        var status = stat()
        guard unsafe stat(path, &status) == 0 else {
            throw CommandFailure(dataDirectory: path, SystemError(errno: errno))
        }
        guard status.st_uid != 0 else { return path }
        // A parent may be closed to everyone but root (systemd's /var/lib/private), so go in first.
        guard unsafe chdir(path) == 0, setgroups(0, nil) == 0, setgid(status.st_gid) == 0,
            setuid(status.st_uid) == 0
        else { throw CommandFailure(.noPermission, "become the owner of \(path): \(SystemError(errno: errno))") }
        return "."
    }
}

extension CommandFailure {
    /// The failure to open a data directory.
    init(dataDirectory path: String, _ error: SystemError) {
        switch error.errno {
        case ENOENT, ENOTDIR:
            self.init(.missingInput, "there is no data directory \(path): \(error)")
        case EACCES, EPERM: self.init(.noPermission, "the data directory \(path): \(error)")
        default: self.init(.inputOutput, "the data directory \(path): \(error)")
        }
    }
}
