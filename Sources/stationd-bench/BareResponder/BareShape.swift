/// The bytes and sizes of a station's answers, learned from a station in the same run, so that the bare responder moves
/// as many bytes.
struct BareShape: Equatable {
    /// The answer to a request that files a ticket, as it was received.
    var created: [UInt8]
    /// The answer to a request that reads one.
    var read: [UInt8]
    /// A notification in a WebSocket frame. Its sequence has ten digits, so that the bare responder can count; the
    /// description is shorter by as many characters.
    var frame: [UInt8]
    /// Where the sequence begins in the frame.
    var sequencePlace: Int
    /// Where the run number begins in the frame.
    var runNumberPlace: Int
    /// Bytes of the journal record of a new ticket.
    var recordBytes: Int

    /// Digits of the sequence in `frame`.
    static let sequenceWidth = 10

    /// Builds the shape from a station's answers; nil if `notification` is not about a ticket of the bench, or is too
    /// short.
    init?(created: [UInt8], read: [UInt8], notification: [UInt8], recordBytes: Int) {
        self.created = created
        self.read = read
        self.recordBytes = recordBytes
        guard
            let (sequence, runNumber) = unsafe notification.withUnsafeBytes({
                unsafe NotificationPlaces.numbers(in: $0)
            }), sequence.count <= Self.sequenceWidth
        else { return nil }
        let growth = Self.sequenceWidth - sequence.count
        let fillerStart = runNumber + NotificationPlaces.runNumberWidth
        guard notification[fillerStart...].firstIndex(of: 0x22) ?? 0 >= fillerStart + growth else { return nil }
        var payload = Array(notification[..<sequence.lowerBound])
        payload += [UInt8](repeating: 0x30, count: Self.sequenceWidth)
        payload += notification[sequence.upperBound..<fillerStart] + notification[(fillerStart + growth)...]
        guard payload.count < 65_536, payload.count >= 126 else { return nil }
        frame = [0x81, 126, UInt8(payload.count >> 8), UInt8(payload.count & 0xFF)] + payload
        sequencePlace = 4 + sequence.lowerBound
        runNumberPlace = 4 + runNumber + growth
    }

    // MARK: In a folder

    /// Writes the shape to a folder, which is created if needed.
    func write(to folder: String) throws(BenchFault) {
        try BenchFiles.makeDirectory(folder)
        try BenchFiles.write(created, to: "\(folder)/created")
        try BenchFiles.write(read, to: "\(folder)/read")
        try BenchFiles.write(frame, to: "\(folder)/frame")
        let numbers = [sequencePlace, runNumberPlace, recordBytes].map(String.init).joined(separator: " ")
        try BenchFiles.write(Array(numbers.utf8), to: "\(folder)/numbers")
    }

    /// Reads a shape that `write(to:)` wrote.
    init(from folder: String) throws(BenchFault) {
        let numbers = BenchFiles.text("\(folder)/numbers").split(separator: " ").compactMap { Int($0) }
        guard numbers.count == 3 else { throw BenchFault("\(folder)/numbers does not hold three numbers") }
        (sequencePlace, runNumberPlace, recordBytes) = (numbers[0], numbers[1], numbers[2])
        created = BenchFiles.contents("\(folder)/created")
        read = BenchFiles.contents("\(folder)/read")
        frame = BenchFiles.contents("\(folder)/frame")
    }
}
