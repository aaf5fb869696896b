/// One connection that sends requests, one at a time.
final class Requester {
    let descriptor: Int32
    private let reading: [UInt8]
    private var filing: [UInt8]
    private let runNumberPlace: Int
    private var input = PartialInput()

    /// Whether it awaits an answer.
    private(set) var isBusy = false
    /// Whether its last request filed a ticket.
    private(set) var isFiling = false
    /// The time from which its last request's latency counts.
    private(set) var since: Int64 = 0

    /// Connects to the server.
    init(_ target: Target, _ request: TicketRequest) throws(BenchFault) {
        descriptor = try Sockets.connect(port: target.port)
        (filing, runNumberPlace) = (request.bytes, request.runNumberPlace)
        reading = TicketRequest.reading(target)
    }

    deinit { Sockets.close(descriptor) }

    /// Files a ticket with this run number.
    func file(_ runNumber: Int, since time: Int64) throws(BenchFault) {
        unsafe filing.withUnsafeMutableBytes { bytes in
            unsafe ByteScan.write(
                UInt64(runNumber), width: NotificationPlaces.runNumberWidth, into: bytes, at: runNumberPlace)
        }
        try send(filing)
        (isBusy, isFiling, since) = (true, true, time)
    }

    /// Reads the first ticket.
    func read(since time: Int64) throws(BenchFault) {
        try send(reading)
        (isBusy, isFiling, since) = (true, false, time)
    }

    private func send(_ request: [UInt8]) throws(BenchFault) {
        // With one request at a time, the socket's buffer is empty and far larger than a request.
        let count = unsafe request.withUnsafeBytes { unsafe Sockets.send($0, to: descriptor) }
        guard count == request.count else { throw BenchFault("the server accepts no more requests") }
    }

    /// Receives what has arrived, through a buffer that all connections share. Returns whether the answer is complete.
    func receive(_ buffer: UnsafeMutableRawBufferPointer) throws(BenchFault) -> Bool {
        let kept = unsafe input.restore(into: buffer)
        let room = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[kept...])
        var count = kept
        switch unsafe Sockets.receive(descriptor, into: room) {
        case .bytes(let received): count += received
        case .nothing: break
        case .end: throw BenchFault("the server has closed a connection")
        }
        let bytes = unsafe UnsafeRawBufferPointer(rebasing: buffer[..<count])
        guard let end = unsafe MessageScan.extent(of: bytes)?.end else {
            unsafe input.keep(bytes, from: 0)
            return false
        }
        guard isBusy, end == count, unsafe bytes[9] == 0x32 && bytes[10] == 0x30 else {
            throw BenchFault("an unexpected answer:\n\(unsafe String(decoding: bytes, as: UTF8.self))")
        }
        isBusy = false
        return true
    }
}
