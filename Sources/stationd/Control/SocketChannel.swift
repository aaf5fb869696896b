import Glibc
import HTTP
import JSON

/// The control socket of a running station: HTTP with JSON over a Unix socket, one blocking request at a time.
final class SocketChannel: ControlChannel {
    /// The socket's name in the data directory.
    static let name = "control.sock"
    /// A station answers within one turn of its loop, so a longer silence means that it does not answer at all.
    private static let timeoutSeconds = 10
    /// No answer is longer than the list of all users.
    private static let answerBytesMax = 256 * 1024 * 1024

    private let descriptor: Int32
    private var machine: HTTPClientMachine

    /// Connects to the station that serves the data directory at `path`; nil if none listens.
    ///
    /// - Throws: if the directory is missing or may not be used.
    init?(directory path: String) throws(CommandFailure) {
        let directory = unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { throw CommandFailure(dataDirectory: path, SystemError(errno: errno)) }
        defer { close(directory) }
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw CommandFailure(.system, "socket: \(SystemError(errno: errno))") }
        var limits = HTTPLimits()
        limits.bodyBytesMax = Self.answerBytesMax
        machine = HTTPClientMachine(limits: limits)
        // An address holds a path of 107 bytes at most. Through the descriptor, any data directory has a short path.
        let direct = "\(path)/\(Self.name)"
        guard let failure = connect(to: direct.utf8.count < 108 ? direct : "/proc/self/fd/\(directory)/\(Self.name)")
        else { return }
        switch failure.errno {
        case ENOENT, ECONNREFUSED: return nil
        case EACCES, EPERM:
            throw CommandFailure(.noPermission, "\(direct): only its owner may use it: \(failure)")
        default: throw CommandFailure(.unavailable, "\(direct): \(failure)")
        }
    }

    deinit { close(descriptor) }

    /// Connects the socket. Returns the reason if that fails, otherwise nil.
    private func connect(to path: String) -> SystemError? {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else {
            return SystemError(errno: ENAMETOOLONG)
        }
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: bytes) }
        var timeout = timeval(tv_sec: Self.timeoutSeconds, tv_usec: 0)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            unsafe setsockopt(
                descriptor, SOL_SOCKET, option, &timeout, socklen_t(MemoryLayout.size(ofValue: timeout)))
        }
        let size = socklen_t(MemoryLayout.size(ofValue: address))
        let result = unsafe withUnsafeBytes(of: &address) { bytes in
            unsafe Glibc.connect(descriptor, bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self), size)
        }
        return result == 0 ? nil : SystemError(errno: errno)
    }

    func send(_ request: ControlRequest) throws(CommandFailure) -> ControlAnswer {
        guard machine.isReady else { throw Self.silence("it closed the connection") }
        var output: [UInt8] = []
        let fields: HTTPFields = request.body == nil ? [:] : ["Content-Type": "application/json"]
        machine.send(
            request.method, ControlRequest.prefix + request.path, host: "localhost", fields: fields,
            body: request.body?.encoded() ?? [], into: &output)
        try write(output)
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            switch machine.nextEvent() {
            case .response(let response): return try ControlAnswer(response)
            case .fault(let fault): throw Self.silence("\(fault)")
            case nil: break
            }
            let count = unsafe recv(descriptor, &chunk, chunk.count, 0)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw Self.silence(errno: errno) }
            if count == 0 { machine.inputClosed() } else { machine.receive(chunk.span.extracting(..<count)) }
        }
    }

    private func write(_ bytes: [UInt8]) throws(CommandFailure) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { buffer in
                unsafe Glibc.send(descriptor, buffer.baseAddress, buffer.count, Int32(MSG_NOSIGNAL))
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw Self.silence(errno: errno) }
            rest = rest.dropFirst(count)
        }
    }

    private static func silence(errno: Int32) -> CommandFailure {
        silence(errno == EAGAIN ? "no data for \(timeoutSeconds) s" : SystemError(errno: errno).description)
    }

    private static func silence(_ reason: String) -> CommandFailure {
        CommandFailure(.unavailable, "the station does not answer on its control socket: \(reason)")
    }
}

extension ControlAnswer {
    /// Reads a response with JSON, or without content.
    init(_ response: HTTPResponse) throws(CommandFailure) {
        var body = JSONValue.null
        if !response.body.isEmpty {
            do {
                body = try JSONParser.parse(response.body, limits: JSONLimits(bytesMax: response.body.count))
            } catch {
                throw CommandFailure(.software, "the station's answer is not JSON: \(error)")
            }
        }
        self.init(status: response.status.rawValue, body: body)
    }
}
