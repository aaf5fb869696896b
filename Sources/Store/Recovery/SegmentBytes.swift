import Platform

/// All bytes of a segment that may be partly unreadable.
struct SegmentBytes {
    /// Bytes that cannot be read stand here as `!`, which no valid line consists of.
    private(set) var bytes: [UInt8]
    /// The places of those bytes.
    private(set) var unreadable: [Range<Int>] = []

    /// The number of bytes read at once after a read of the whole file has failed: a block of most devices.
    private static let step = 4096

    init(_ disk: any Disk, _ file: DiskFile) throws(DiskError) {
        let size = try insisting { () throws(DiskError) in try disk.size(file) }
        bytes = [UInt8](repeating: 0, count: size)
        do throws(DiskError) {
            let count = try disk.read(file, at: 0, into: &bytes)
            bytes.removeLast(size - min(count, size))
            return
        } catch {
            guard error.number == .inputOutput else { throw error }
        }
        var chunk = [UInt8](repeating: 0, count: Self.step)
        for start in stride(from: 0, to: size, by: Self.step) {
            let range = start..<min(start + Self.step, size)
            do throws(DiskError) {
                let count = min(try disk.read(file, at: start, into: &chunk), range.count)
                bytes.replaceSubrange(start..<(start + count), with: chunk[..<count])
            } catch {
                guard error.number == .inputOutput else { throw error }
                bytes.replaceSubrange(range, with: repeatElement(0x21, count: range.count))
                if let before = unreadable.last, before.upperBound == start {
                    unreadable[unreadable.count - 1] = before.lowerBound..<range.upperBound
                } else {
                    unreadable.append(range)
                }
            }
        }
    }
}
