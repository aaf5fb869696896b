import CLinux
import Glibc
import Platform

/// Makes files durable beside the loop: by io_uring where the kernel allows it, otherwise by a child process.
///
/// A disk that has long answered at once is asked in place: handing over would cost more than waiting, and would make
/// small commits of what can be made durable together. The first slow answer ends that.
final class Synchronizer {
    private enum Way {
        case ring(SyncRing)
        case child(SyncChild)
    }

    /// An answer beside the loop that comes within this time may have been a quick one: the loop may have been busy.
    private static let promptNanos: UInt64 = 4_000_000
    /// An answer in place is quick within this time.
    private static let quickNanos: UInt64 = 1_000_000
    /// The number of quick answers in a row after which the disk is asked in place.
    private static let quickCountMin = 64

    private let way: Way
    /// The number of quick answers since the last slow one.
    private var quickCount = 0
    private var begunAt: UInt64 = 0

    /// - Throws: `NetworkError` if neither can be had.
    init() throws(NetworkError) {
        if let ring = SyncRing() { way = .ring(ring) } else { way = .child(try SyncChild()) }
    }

    /// The descriptor that becomes readable with an outcome.
    var descriptor: Int32 {
        switch way {
        case .ring(let ring): ring.descriptor
        case .child(let child): child.descriptor
        }
    }

    /// Begins; an outcome is returned if it is known at once.
    func begin(_ request: SyncRequest) -> SyncOutcome? {
        begunAt = Self.nanoseconds()
        guard quickCount < Self.quickCountMin else {
            let outcome = Self.synchronizeNow(request)
            if Self.nanoseconds() - begunAt > Self.quickNanos { quickCount = 0 }
            return outcome
        }
        return beginBeside(request)
    }

    private func beginBeside(_ request: SyncRequest) -> SyncOutcome? {
        switch way {
        case .ring(let ring): ring.begin(request)
        case .child(let child): child.begin(request)
        }
    }

    /// The outcome of what was begun, once it is known.
    func nextOutcome() -> SyncOutcome? {
        let outcome: SyncOutcome? =
            switch way {
            case .ring(let ring): ring.nextOutcome()
            case .child(let child): child.nextOutcome()
            }
        guard outcome != nil else { return nil }
        quickCount = Self.nanoseconds() - begunAt > Self.promptNanos ? 0 : quickCount + 1
        return outcome
    }

    /// Synchronizes here and now. Never repeated, not even after EINTR: see `LinuxDisk`.
    static func synchronizeNow(_ request: SyncRequest) -> SyncOutcome {
        if let file = request.file, fdatasync(file.rawValue) != 0 { return .failed(ErrorNumber(rawValue: errno)) }
        if let directory = request.directory, fsync(directory.rawValue) != 0 {
            return .failed(ErrorNumber(rawValue: errno))
        }
        return .durable
    }

    private static func nanoseconds() -> UInt64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
    }
}
