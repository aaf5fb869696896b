import CLinux
import Glibc

/// epoll(7) with room for the events of one turn.
@safe final class Poller {
    private let descriptor: Int32
    private let events: UnsafeMutableBufferPointer<epoll_event>

    /// Creates an epoll instance without sockets.
    init() throws(BenchFault) {
        descriptor = clinux_epoll_create()
        unsafe events = UnsafeMutableBufferPointer.allocate(capacity: 1024)
        guard descriptor >= 0 else { throw .last("epoll_create1") }
    }

    deinit {
        close(descriptor)
        unsafe events.deallocate()
    }

    /// Watches a socket for input. `token` identifies it in events.
    func add(_ socket: Int32, token: UInt64) throws(BenchFault) {
        guard clinux_epoll_add(descriptor, socket, EPOLLIN.rawValue, token) == 0 else { throw .last("epoll_ctl") }
    }

    /// Also watches the socket for room to send, or stops doing so.
    func setWriting(_ isWriting: Bool, _ socket: Int32, token: UInt64) {
        let events = isWriting ? EPOLLIN.rawValue | EPOLLOUT.rawValue : EPOLLIN.rawValue
        _ = clinux_epoll_modify(descriptor, socket, events, token)
    }

    /// Waits for events, for this many milliseconds at most, or without end for -1.
    ///
    /// - Returns: the number of sockets that have an event.
    func wait(milliseconds: Int32) -> Int {
        max(0, Int(unsafe epoll_wait(descriptor, events.baseAddress, 1024, milliseconds)))
    }

    /// The token of the event at a place below the number that `wait` returned.
    @inline(__always)
    func token(_ place: Int) -> UInt64 { unsafe clinux_epoll_token(&events[place]) }

    /// Whether that event reports room to send.
    @inline(__always)
    func canWrite(_ place: Int) -> Bool { unsafe events[place].events & EPOLLOUT.rawValue != 0 }
}
