import Foundation

/// A file system of a few megabytes for a test to fill. Only root can mount one.
final class SmallFileSystem {
    let path: String
    private let filler: String

    /// Whether such a file system can be mounted here.
    static let isAvailable: Bool = geteuid() == 0 && (try? SmallFileSystem(bytes: 1 << 20)) != nil

    init(bytes: Int) throws {
        path = try ScratchDirectory().path
        filler = "\(path)/filler"
        // Throwing here runs deinit.
        guard mount("tmpfs", path, "tmpfs", UInt(MS_NOSUID), "size=\(bytes)") == 0 else {
            throw HarnessFault("cannot mount a tmpfs: errno \(errno)")
        }
    }

    deinit {
        umount2(path, Int32(MNT_DETACH))
        rmdir(path)
    }

    /// Mounts it again, for reading only or for writing too.
    func remount(readOnly isReadOnly: Bool) throws {
        let flags = UInt(MS_REMOUNT | MS_NOSUID) | (isReadOnly ? UInt(MS_RDONLY) : 0)
        guard mount("tmpfs", path, "tmpfs", flags, nil) == 0 else {
            throw HarnessFault("cannot remount the file system: errno \(errno)")
        }
    }

    var freeBytes: Int {
        var status = statvfs()
        return statvfs(path, &status) == 0 ? Int(status.f_bavail) * Int(status.f_bsize) : 0
    }

    /// Fills the file system until `left` bytes are free.
    func fill(leaving left: Int) throws {
        let count = freeBytes - left
        guard count > 0 else { return }
        let descriptor = open(filler, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw HarnessFault("cannot fill the file system: errno \(errno)") }
        defer { close(descriptor) }
        let chunk = [UInt8](repeating: 1, count: 4096)
        for _ in 0..<count / 4096 where Glibc.write(descriptor, chunk, chunk.count) < 0 { return }
    }

    /// Frees the space again.
    func empty() { unlink(filler) }
}
