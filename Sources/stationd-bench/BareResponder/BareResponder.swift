/// The least that a server for the same requests can cost: the denominator of every ratio.
///
/// It understands nothing. One turn is: wait; receive from all connections; append one record per ticket filed and wait
/// for one `fdatasync`; answer; send each listener all frames of the turn at once. Answers, records and frames have
/// the station's sizes. Reads are answered from memory.
@safe final class BareResponder {
    private static let bufferBytes = 1 << 18
    private static let listenerToken = UInt64.max

    private let shape: BareShape
    private let poller: Poller
    private let listening: Int32
    private let port: UInt16
    private let journal: RecordFile
    private let buffer: UnsafeMutableRawBufferPointer
    private var connections: [BareConnection?] = []
    private var listeners: [BareConnection] = []
    /// Frames that some listener has not been sent yet.
    private var frames: UnsafeMutableRawBufferPointer
    private var frameBytes = 0
    /// Where the frames of this turn begin.
    private var turnStart = 0
    private var sequence: UInt64 = 0
    /// Listeners that have a `cursor`.
    private var laggingCount = 0
    /// The answers due at the end of this turn.
    private var answers: [(connection: BareConnection, isCreated: Bool)] = []
    private var filedCount = 0

    /// The hidden command `bare`: prints the port and serves until it is killed.
    ///
    /// - Parameter arguments: the folder that holds the shape.
    static func run(_ arguments: [String]) throws(BenchFault) {
        guard let folder = arguments.first else { throw .usage("bare needs a folder") }
        let responder = try BareResponder(try BareShape(from: folder), journal: "\(folder)/journal")
        BenchOutput.say("\(responder.port)")
        while true { try responder.turn() }
    }

    private init(_ shape: BareShape, journal path: String) throws(BenchFault) {
        self.shape = shape
        journal = try RecordFile(path, recordBytes: shape.recordBytes)
        poller = try Poller()
        (listening, port) = try Sockets.listen()
        unsafe buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.bufferBytes, alignment: 64)
        unsafe frames = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.bufferBytes, alignment: 64)
        try poller.add(listening, token: Self.listenerToken)
    }

    // MARK: The turn

    private func turn() throws(BenchFault) {
        for place in 0..<poller.wait(milliseconds: -1) {
            let token = poller.token(place)
            if token == Self.listenerToken {
                try accept()
                continue
            }
            guard let connection = connections[Int(token)] else { continue }
            if poller.canWrite(place), connection.cursor != nil { sendRest(to: connection) }
            try receive(connection)
        }
        if filedCount > 0 { try journal.append(filedCount) }
        for (connection, isCreated) in answers {
            send(isCreated ? shape.created : shape.read, to: connection)
        }
        answers.removeAll(keepingCapacity: true)
        if filedCount > 0 { fanOut() }
        filedCount = 0
    }

    private func accept() throws(BenchFault) {
        while let descriptor = Sockets.accept(listening) {
            let connection = BareConnection(descriptor, token: UInt64(connections.count))
            try poller.add(descriptor, token: connection.token)
            connections.append(connection)
        }
    }

    private func send(_ bytes: [UInt8], to connection: BareConnection) {
        _ = unsafe bytes.withUnsafeBytes { unsafe Sockets.send($0, to: connection.descriptor) }
    }

    private func drop(_ connection: BareConnection) {
        if connection.cursor != nil { laggingCount -= 1 }
        connections[Int(connection.token)] = nil
        listeners.removeAll { $0 === connection }
    }

    // MARK: Receiving

    private func receive(_ connection: BareConnection) throws(BenchFault) {
        let kept = unsafe connection.input.restore(into: buffer)
        let room = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[kept...])
        var count = kept
        switch unsafe Sockets.receive(connection.descriptor, into: room) {
        case .bytes(let received): count += received
        case .nothing: break
        case .end: return drop(connection)
        }
        if connection.isWebSocket { return handleFrame(of: connection) }
        var start = 0
        while start < count {
            let rest = unsafe UnsafeRawBufferPointer(rebasing: buffer[start..<count])
            guard let (content, end) = unsafe MessageScan.extent(of: rest) else {
                unsafe connection.input.keep(rest, from: 0)
                return
            }
            unsafe handleRequest(rest, content: content, from: connection)
            start += end
        }
    }

    private func handleRequest(_ request: UnsafeRawBufferPointer, content: Int, from connection: BareConnection) {
        guard unsafe request[0] == 0x47 else {
            filedCount += 1
            if !listeners.isEmpty { unsafe appendFrame(request, runNumber: content + TicketRequest.runNumberPlace) }
            answers.append((connection, true))
            return
        }
        // `GET /socket.io/` asks for a WebSocket, `GET /api/` reads a ticket.
        guard unsafe request[5] == 0x73 else {
            answers.append((connection, false))
            return
        }
        connection.isWebSocket = true
        let head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
        send(Array(head.utf8) + Self.frame("0{\"sid\":\"0\"}"), to: connection)
    }

    /// A client's first frame asks for the namespace. All later frames are ignored.
    private func handleFrame(of connection: BareConnection) {
        guard !connection.isListener else { return }
        connection.isListener = true
        listeners.append(connection)
        send(Self.frame("40/notifications,{\"sid\":\"0\"}"), to: connection)
    }

    private static func frame(_ text: String) -> [UInt8] { [0x81, UInt8(text.utf8.count)] + Array(text.utf8) }

    // MARK: Notifications

    /// Appends the frame for one ticket, with the next sequence and the ticket's run number.
    private func appendFrame(_ request: UnsafeRawBufferPointer, runNumber: Int) {
        let size = shape.frame.count
        if unsafe frameBytes + size > frames.count {
            let larger = unsafe UnsafeMutableRawBufferPointer.allocate(byteCount: frames.count * 2, alignment: 64)
            unsafe larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: frames[..<frameBytes]))
            unsafe frames.deallocate()
            unsafe frames = larger
        }
        sequence += 1
        let frame = unsafe UnsafeMutableRawBufferPointer(rebasing: frames[frameBytes..<frameBytes + size])
        unsafe shape.frame.withUnsafeBytes { unsafe frame.copyMemory(from: $0) }
        unsafe ByteScan.write(sequence, width: BareShape.sequenceWidth, into: frame, at: shape.sequencePlace)
        for place in 0..<NotificationPlaces.runNumberWidth where runNumber + place < request.count {
            unsafe frame[shape.runNumberPlace + place] = request[runNumber + place]
        }
        frameBytes += size
    }

    private func fanOut() {
        for listener in listeners where listener.cursor == nil {
            send(from: turnStart, through: frameBytes, to: listener)
        }
        turnStart = frameBytes
        reuseFrames()
    }

    private func reuseFrames() {
        if laggingCount == 0 { (frameBytes, turnStart) = (0, 0) }
    }

    private func sendRest(to listener: BareConnection) {
        guard let cursor = listener.cursor else { return }
        listener.cursor = nil
        laggingCount -= 1
        // Tickets filed in this turn are not durable yet, so their frames go out at its end.
        send(from: cursor, through: turnStart, to: listener)
        if listener.cursor == nil { poller.setWriting(false, listener.descriptor, token: listener.token) }
        if frameBytes == turnStart { reuseFrames() }
    }

    private func send(from cursor: Int, through end: Int, to listener: BareConnection) {
        guard cursor < end else { return }
        let bytes = unsafe UnsafeRawBufferPointer(rebasing: frames[cursor..<end])
        let count = unsafe Sockets.send(bytes, to: listener.descriptor) ?? bytes.count
        guard count < bytes.count else { return }
        listener.cursor = cursor + count
        laggingCount += 1
        poller.setWriting(true, listener.descriptor, token: listener.token)
    }
}

/// One connection of the bare responder.
final class BareConnection {
    let descriptor: Int32
    /// The poller's token: the connection's index.
    let token: UInt64
    var input = PartialInput()
    /// Whether it has asked for a WebSocket.
    var isWebSocket = false
    /// Whether it has joined the namespace and gets notifications.
    var isListener = false
    /// The offset of the first byte of `frames` that it has not been sent; nil if it has everything.
    var cursor: Int?

    init(_ descriptor: Int32, token: UInt64) {
        self.descriptor = descriptor
        self.token = token
    }

    deinit { Sockets.close(descriptor) }
}
