import Foundation
import Synchronization

/// A stand-in for a central server that answers however a test wants.
final class ScriptedCentral: Sendable {
    enum Reply: Sendable {
        /// Send these bytes and read the next request.
        case bytes([UInt8])
        /// Send these bytes and close the connection.
        case last([UInt8])
        /// Send nothing for as long as the station waits.
        case silence
        /// Send these bytes, then `x` without end.
        case endless([UInt8])
    }

    /// Chooses the reply to a request by its method and target.
    typealias Script = @Sendable (_ request: String) -> Reply

    private static let connectionCountMax = 1_000

    let port: UInt16
    private let listener: Int32
    private let script: Script
    private let isOver = Atomic<Bool>(false)
    private let requests = Mutex<[String]>([])

    init(_ script: @escaping Script) throws {
        self.script = script
        listener = try LocalSocket.open()
        port = try LocalSocket.listen(listener)
        Thread.detachNewThread { [self] in accept() }
    }

    /// Ends the server and its connections.
    func end() { isOver.store(true, ordering: .releasing) }

    /// The method and target of each request so far.
    var requestLines: [String] { requests.withLock { $0 } }

    /// An answer with this status and body.
    static func answer(_ status: String, _ body: String = "", fields: String = "") -> [UInt8] {
        Array("HTTP/1.1 \(status)\r\n\(fields)Content-Length: \(body.utf8.count)\r\n\r\n\(body)".utf8)
    }

    /// The answer of a central server that knows nothing about the station.
    static let nothingKnown = answer(
        "200 OK", #"{"station_id":7,"central_epoch":"c","epoch":null,"acceptedThrough":"00000000000000000000"}"#)

    private func accept() {
        var count = 0
        while !isOver.load(ordering: .acquiring), count < Self.connectionCountMax {
            guard let connection = LocalSocket.accept(listener) else {
                usleep(2_000)
                continue
            }
            count += 1
            Thread.detachNewThread { [self] in
                serve(connection)
                close(connection)
            }
        }
        close(listener)
    }

    private func serve(_ connection: Int32) {
        _ = fcntl(connection, F_SETFL, 0)
        var timeout = timeval(tv_sec: 0, tv_usec: 50_000)
        setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(connection, SOL_SOCKET, SO_SNDTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        var input: [UInt8] = []
        while let line = request(&input, on: connection) {
            requests.withLock { $0.append(line) }
            switch script(line) {
            case .bytes(let bytes): guard send(bytes, on: connection) else { return }
            case .last(let bytes):
                _ = send(bytes, on: connection)
                return
            case .silence:
                while !isOver.load(ordering: .acquiring), isOpen(connection) { usleep(10_000) }
                return
            case .endless(let bytes):
                guard send(bytes, on: connection) else { return }
                let more = [UInt8](repeating: 0x78, count: 16_384)
                while !isOver.load(ordering: .acquiring), send(more, on: connection) {}
                return
            }
        }
    }

    /// Reads the next request with its body. Returns its method and target, or nil at the end.
    private func request(_ input: inout [UInt8], on connection: Int32) -> String? {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while !isOver.load(ordering: .acquiring) {
            let text = String(decoding: input, as: UTF8.self)
            if let end = text.range(of: "\r\n\r\n") {
                let head = text[..<end.lowerBound]
                let length = head.components(separatedBy: "\r\n").first { $0.hasPrefix("Content-Length: ") }
                let total = head.utf8.count + 4 + (length.flatMap { Int($0.dropFirst(16)) } ?? 0)
                if input.count >= total {
                    input.removeFirst(total)
                    return head.components(separatedBy: " HTTP/1.1").first
                }
            }
            let count = recv(connection, &buffer, buffer.count, 0)
            if count > 0 { input += buffer[..<count] }
            if count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR) { return nil }
        }
        return nil
    }

    private func send(_ bytes: [UInt8], on connection: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty, !isOver.load(ordering: .acquiring) {
            let count = rest.withUnsafeBytes { Glibc.send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            if count > 0 { rest = rest.dropFirst(count) }
            if count < 0 && errno != EAGAIN && errno != EINTR { return false }
        }
        return rest.isEmpty
    }

    private func isOpen(_ connection: Int32) -> Bool {
        var byte: UInt8 = 0
        let count = recv(connection, &byte, 1, Int32(MSG_PEEK | MSG_DONTWAIT))
        return count > 0 || (count < 0 && errno == EAGAIN)
    }
}
