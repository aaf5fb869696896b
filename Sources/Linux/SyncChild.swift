import CLinux
import Glibc
import Platform

/// Synchronization by a child process, which is given the descriptors over a socket and answers with an errno.
///
/// The descriptors are the same open files as ours (unix(7), SCM_RIGHTS), so an error of the disk is reported to
/// whichever process asks first, and only once.
final class SyncChild {
    /// The arguments of the hidden command that serves one parent.
    static let arguments = ["stationd", "child", "synchronize"]

    let descriptor: Int32

    /// Starts the process.
    init() throws(NetworkError) {
        var ends: [Int32] = [-1, -1]
        let type = Int32(SOCK_SEQPACKET.rawValue | SOCK_CLOEXEC.rawValue)
        guard unsafe socketpair(AF_UNIX, type, 0, &ends) == 0 else { throw .last("socketpair") }
        defer { Glibc.close(ends[1]) }
        let failure = LinuxNetwork.spawn(Self.arguments, joinedTo: ends[1])
        guard failure == 0, clinux_fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0 else {
            errno = failure == 0 ? errno : failure
            let error = NetworkError.last("posix_spawn")
            Glibc.close(ends[0])
            throw error
        }
        descriptor = ends[0]
    }

    deinit { Glibc.close(descriptor) }

    /// Begins; returns a failure if the process is gone.
    func begin(_ request: SyncRequest) -> SyncOutcome? {
        var message = clinux_descriptor_message()
        if let file = request.file {
            message.byte |= SyncServer.fileBit
            message.descriptors.0 = file.rawValue
            message.count = 1
        }
        if let directory = request.directory {
            message.byte |= SyncServer.directoryBit
            if message.count == 0 {
                message.descriptors.0 = directory.rawValue
            } else {
                message.descriptors.1 = directory.rawValue
            }
            message.count += 1
        }
        guard message.count > 0 else { return .durable }
        let sent = repeating { Int32(unsafe clinux_send_descriptors(descriptor, &message)) }
        return sent == 1 ? nil : .failed(ErrorNumber(rawValue: sent < 0 ? errno : EIO))
    }

    /// The outcome, once it has come. A process that has ended without one leaves everything unknown.
    func nextOutcome() -> SyncOutcome? {
        var number: Int32 = 0
        let count = repeating { Int32(unsafe recv(descriptor, &number, MemoryLayout<Int32>.size, 0)) }
        if count < 0, errno == EAGAIN { return nil }
        guard count == Int32(MemoryLayout<Int32>.size) else { return .failed(.inputOutput) }
        return number == 0 ? .durable : .failed(ErrorNumber(rawValue: number))
    }
}

/// The child process's side.
public enum SyncServer {
    static let fileBit: UInt8 = 1
    static let directoryBit: UInt8 = 2

    /// Serves the parent at standard input until it ends.
    public static func run() {
        // A service manager may signal both, and the station needs its last synchronization after that.
        for number in [SIGTERM, SIGINT, SIGHUP] { signal(number, SIG_IGN) }
        while true {
            var message = clinux_descriptor_message()
            let count = repeating { Int32(unsafe clinux_receive_descriptors(STDIN_FILENO, &message)) }
            guard count == 1 else { return }
            var number: Int32 = 0
            let descriptors = [message.descriptors.0, message.descriptors.1].prefix(Int(message.count))
            for (index, descriptor) in descriptors.enumerated() {
                let isFile = index == 0 && message.byte & fileBit != 0
                // Never repeated, not even after EINTR: see LinuxDisk.
                if (isFile ? fdatasync(descriptor) : fsync(descriptor)) != 0 { number = errno }
                Glibc.close(descriptor)
            }
            let expected = (message.byte & fileBit) + (message.byte & directoryBit) / directoryBit
            if descriptors.count != Int(expected) { number = EBADF }
            let sent = repeating {
                Int32(unsafe send(STDIN_FILENO, &number, MemoryLayout<Int32>.size, Int32(MSG_NOSIGNAL)))
            }
            guard sent > 0 else { return }
        }
    }
}
