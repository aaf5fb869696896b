import Bytes
import CLinux
import Glibc
import Platform

/// Outgoing connections.
extension LinuxNetwork {
    public func connect(to address: IPAddress, port: UInt16) throws(NetworkError) -> ConnectionID {
        let descriptor = try SocketAddress.connectTCP(to: address, port: port)
        return try registered(descriptor, events: EPOLLOUT.rawValue, isDatagram: false)
    }

    public func connectOutcome(of connection: ConnectionID) -> ConnectOutcome {
        guard isCurrent(connection) else { return .failed(EBADF) }
        switch SocketAddress.connectOutcome(of: connection.slot) {
        case 0: return .connected
        case EINPROGRESS: return .pending
        case let number: return .failed(number)
        }
    }

    public func openDatagramSocket(to address: IPAddress, port: UInt16) throws(NetworkError) -> ConnectionID {
        let descriptor = try SocketAddress.connectUDP(to: address, port: port)
        return try registered(descriptor, events: EPOLLIN.rawValue, isDatagram: true)
    }

    /// Does the same as `register`, but closes the descriptor and throws on failure.
    func registered(
        _ descriptor: Int32, events: UInt32, isDatagram: Bool
    ) throws(NetworkError) -> ConnectionID {
        guard let connection = register(descriptor, events: events, isDatagram: isDatagram) else {
            let error = NetworkError.last("epoll_ctl")
            Glibc.close(descriptor)
            throw error
        }
        return connection
    }

    public func words(for errno: Int32) -> String { NetworkError.words(for: errno) }
}
