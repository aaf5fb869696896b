import Foundation
import NATS

/// Servers of one cluster on this machine, each with a directory and fixed ports, so that one can be killed and come
/// back.
public final class NATSCluster {
    /// A server's place: its directory stays while the server comes and goes.
    private struct Place {
        let directory: URL
        let port: UInt16
        let routePort: UInt16
    }

    private let places: [Place]
    private var servers: [NATSServerProcess?] = []

    /// Starts servers and waits until JetStream has a leader.
    public init(count: Int = 3) throws {
        let ports = try LoopbackSocket.freePorts(2 * count)
        places = try (0..<count).map {
            Place(directory: try NATSServerProcess.makeDirectory(), port: ports[$0], routePort: ports[count + $0])
        }
        servers = places.map { _ in nil }
        do {
            for index in places.indices { try start(index) }
            try waitForLeader()
        } catch {
            remove()
            throw error
        }
    }

    deinit { remove() }

    /// The ports for clients, in the order of the servers.
    public var ports: [UInt16] { places.map(\.port) }

    /// Starts a server, again after it was killed.
    public func start(_ index: Int) throws {
        let routes = places.map { "\"nats://127.0.0.1:\($0.routePort)\"" }.joined(separator: ", ")
        let place = places[index]
        let settings = """
            server_name: "n\(index)"
            cluster { name: "c", listen: "127.0.0.1:\(place.routePort)", routes: [\(routes)] }
            """
        servers[index] = try NATSServerProcess(in: place.directory, settings: settings, port: place.port)
    }

    /// Kills a server.
    public func kill(_ index: Int) {
        servers[index]?.kill()
        servers[index] = nil
    }

    /// Waits until a server that runs has what JetStream's API asks of a cluster.
    public func waitForLeader() throws {
        var words = ""
        for _ in 0..<300 {
            usleep(100_000)
            do {
                let index = servers.firstIndex { $0 != nil } ?? 0
                let connection = try NATSConnection.open(port: places[index].port)
                let answer = try connection.answer(on: "$JS.API.STREAM.NAMES", payload: [])
                words = String(decoding: answer.payload, as: UTF8.self)
                if answer.status == nil, !words.contains("\"error\"") { return }
            } catch {
                words = "\(error)"
            }
        }
        throw PeerFault("the cluster has no leader: \(words)")
    }

    /// Kills all servers and removes their directories.
    public func remove() {
        for index in places.indices {
            kill(index)
            try? FileManager.default.removeItem(at: places[index].directory)
        }
    }
}

extension LoopbackSocket {
    /// Ports on which nobody listens at the moment.
    public static func freePorts(_ count: Int) throws -> [UInt16] {
        var descriptors: [Int32] = []
        defer { for descriptor in descriptors { close(descriptor) } }
        return try (0..<count).map { _ in
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            descriptors.append(descriptor)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = inet_addr("127.0.0.1")
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let result = withUnsafeMutablePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(descriptor, $0, length) == 0 ? getsockname(descriptor, $0, &length) : -1
                }
            }
            guard result == 0 else { throw PeerFault("bind: errno \(errno)") }
            return UInt16(bigEndian: address.sin_port)
        }
    }
}
