import CLinux
import Glibc
import Platform

/// Makes files durable beside the loop: by io_uring where the kernel allows it, otherwise by a child process.
final class Synchronizer {
    private enum Way {
        case ring(SyncRing)
        case child(SyncChild)
    }

    private let way: Way

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

    /// Begins; an outcome is returned if it could not.
    func begin(_ request: SyncRequest) -> SyncOutcome? {
        switch way {
        case .ring(let ring): ring.begin(request)
        case .child(let child): child.begin(request)
        }
    }

    /// The outcome of what was begun, once it is known.
    func nextOutcome() -> SyncOutcome? {
        switch way {
        case .ring(let ring): ring.nextOutcome()
        case .child(let child): child.nextOutcome()
        }
    }
}
