/// One connection that sends requests, one at a time.
final class Requester {
    let descriptor: Int32
    private let reading: [UInt8]
    private var filing: [UInt8]
    private let runNumberPlace: Int
    private var input = PartialInput()

    /// Whether an answer is awaited, to which kind of request, and since when.
    private(set) var isBusy = false
    private(set) var isFiling = false
    private(set) var since: Int64 = 0

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

    /// Reads the ticket.
    func read(since time: Int64) throws(BenchFault) {
        try send(reading)
        (isBusy, isFiling, since) = (true, false, time)
    }

    private func send(_ request: [UInt8]) throws(BenchFault) {
        // With one request at a time the socket's buffer is empty, and far larger than a request.
        let count = unsafe request.withUnsafeBytes { unsafe Sockets.send($0, to: descriptor) }
        guard count == request.count else { throw BenchFault("the server takes no more requests") }
    }

    /// Takes what has come, by way of a buffer that all share; true where the answer is whole.
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
            throw BenchFault("an answer that was not expected:\n\(unsafe String(decoding: bytes, as: UTF8.self))")
        }
        isBusy = false
        return true
    }
}
