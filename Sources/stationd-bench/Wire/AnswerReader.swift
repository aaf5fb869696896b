/// Finds the end of an answer that arrives in pieces, without keeping its content.
struct AnswerReader {
    /// The head as far as it has arrived.
    private var head: [UInt8] = []
    /// Bytes of the content that have not arrived; nil until the head is complete.
    private var missing: Int?
    /// The status of the answer; 0 until its head is complete.
    private(set) var status = 0

    init() {}

    /// Consumes what has arrived. Returns whether the answer is complete; the next one begins a new reader.
    mutating func consume(_ bytes: UnsafeRawBufferPointer) -> Bool {
        if let missing {
            self.missing = missing - bytes.count
            return missing <= bytes.count
        }
        unsafe head.append(contentsOf: bytes)
        return unsafe head.withUnsafeBytes { head in
            guard let announced = unsafe MessageScan.announcedExtent(of: head) else { return false }
            // "HTTP/1.1 200 OK"
            status = unsafe Int(truncatingIfNeeded: ByteScan.number(in: head, from: 9).value)
            missing = announced.end - head.count
            return announced.end <= head.count
        }
    }
}
