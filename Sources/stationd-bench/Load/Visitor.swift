/// One connection that sends the same request again and again, whatever the answer is. If the server closes it, the
/// next request opens a new one.
final class Visitor {
    /// What came of an event on the connection.
    enum Outcome {
        case nothing
        case answered(status: Int)
        /// The server closed the connection before it had answered.
        case cut
    }

    /// The index of its group.
    let group: Int
    private let port: UInt16
    private let host: UInt8
    private let opensAnew: Bool
    private let stampPlace: Int?
    private var request: [UInt8]
    /// Bytes of the request that have been sent.
    private var sentCount = 0
    private var reader = AnswerReader()
    private(set) var descriptor: Int32 = -1

    /// Whether it awaits an answer.
    private(set) var isBusy = false
    /// The time from which its last request's latency counts.
    private(set) var since: Int64 = 0
    /// When it sends its next request.
    var due: Int64 = 0

    init(_ group: VisitorGroup, index: Int, port: UInt16) {
        self.group = index
        self.port = port
        (host, opensAnew, stampPlace, request) = (group.host, group.opensAnew, group.stampPlace, group.request)
    }

    deinit { close() }

    /// Whether a part of the request waits for room in the socket.
    var isSending: Bool { isBusy && sentCount < request.count }

    /// Begins a request. Returns whether it opened a new connection for it.
    func begin(number: Int, since time: Int64) throws(BenchFault) -> Bool {
        let isNew = descriptor < 0
        if isNew { descriptor = try Sockets.connect(port: port, from: host) }
        if let stampPlace {
            unsafe request.withUnsafeMutableBytes { bytes in
                unsafe ByteScan.write(
                    UInt64(number), width: NotificationPlaces.runNumberWidth, into: bytes, at: stampPlace)
            }
        }
        (reader, sentCount, isBusy, since) = (AnswerReader(), 0, true, time)
        sendRest()
        return isNew
    }

    /// Sends what the socket has room for. A lost connection is noticed when it is read.
    func sendRest() {
        guard isSending else { return }
        let count = unsafe request.withUnsafeBytes { bytes in
            unsafe Sockets.send(UnsafeRawBufferPointer(rebasing: bytes[sentCount...]), to: descriptor)
        }
        sentCount += count ?? 0
    }

    /// Receives what has arrived.
    func receive(_ buffer: UnsafeMutableRawBufferPointer) -> Outcome {
        guard descriptor >= 0 else { return .nothing }
        switch unsafe Sockets.receive(descriptor, into: buffer) {
        case .nothing: return .nothing
        case .end:
            let wasBusy = isBusy
            close()
            return wasBusy ? .cut : .nothing
        case .bytes(let count):
            guard isBusy, unsafe reader.consume(UnsafeRawBufferPointer(rebasing: buffer[..<count])) else {
                return .nothing
            }
            // A server that answers before it has the whole request reads no more of it.
            if opensAnew || isSending { close() }
            isBusy = false
            return .answered(status: reader.status)
        }
    }

    /// Closes the connection, if there is one.
    func close() {
        if descriptor >= 0 { Sockets.close(descriptor) }
        (descriptor, isBusy) = (-1, false)
    }
}
