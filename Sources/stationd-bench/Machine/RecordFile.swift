import Glibc

/// A file to append records to, filled with zeros ahead of use as the station's journal is. It measures what an append
/// and its `fdatasync` cost if the file system need not change its own records.
@safe final class RecordFile {
    private static let aheadBytes = 64 << 20
    private static let recordsMax = 2048

    private let descriptor: Int32
    private let recordBytes: Int
    private let records: UnsafeMutableRawBufferPointer
    private var offset = 0

    /// Creates the file and waits until it is on the disk.
    init(_ path: String, recordBytes: Int) throws(BenchFault) {
        self.recordBytes = max(1, recordBytes)
        let size = self.recordBytes * Self.recordsMax
        unsafe records = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 64)
        unsafe _ = records.initializeMemory(as: UInt8.self, repeating: 0x61)
        descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .last(path) }
        let zeros = [UInt8](repeating: 0, count: 1 << 20)
        for part in 0..<Self.aheadBytes >> 20 {
            let count = unsafe zeros.withUnsafeBytes { unsafe pwrite(descriptor, $0.baseAddress, $0.count, part << 20) }
            guard count == zeros.count else { throw .last("write \(path)") }
        }
        guard fsync(descriptor) == 0 else { throw .last("fsync \(path)") }
    }

    deinit {
        close(descriptor)
        unsafe records.deallocate()
    }

    /// Appends `count` records in one write and waits until they are durable. At the end of the file it starts over.
    func append(_ count: Int) throws(BenchFault) {
        let bytes = min(count, Self.recordsMax) * recordBytes
        if offset + bytes > Self.aheadBytes { offset = 0 }
        guard unsafe pwrite(descriptor, records.baseAddress, bytes, offset) == bytes, fdatasync(descriptor) == 0 else {
            throw .last("fdatasync")
        }
        offset += bytes
    }
}

/// The disk's own limit.
enum SyncLimit {
    /// Records per second if one `fdatasync` serves `recordsPerSync` of them.
    static func recordsPerSecond(
        _ file: RecordFile, recordsPerSync: Int, seconds: Double
    ) throws(BenchFault) -> Double {
        let start = Clock.nanoseconds()
        var count = 0
        repeat {
            try file.append(recordsPerSync)
            count += recordsPerSync
        } while Clock.seconds(since: start) < seconds
        return Double(count) / Clock.seconds(since: start)
    }
}
