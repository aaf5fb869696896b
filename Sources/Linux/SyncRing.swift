import CLinux
import Glibc
import Platform

/// Synchronization by io_uring(7): a ring of requests and a ring of results, both shared with the kernel, whose own
/// workers wait for the disk.
///
/// There is one synchronization at a time, of one file, one directory or both.
@safe final class SyncRing {
    private static let entryCount: UInt32 = 4

    let descriptor: Int32
    private let ringsBytes: Int
    private let entriesBytes: Int
    private let rings: UnsafeMutableRawPointer
    private let entries: UnsafeMutablePointer<io_uring_sqe>
    private let params: io_uring_params
    /// The number of results that the synchronization under way has yet to give.
    private var awaitedCount = 0
    private var failure: ErrorNumber?

    /// Nil if the kernel does not allow it: it is older than 5.4, or io_uring is switched off, or filtered.
    init?() {
        var params = io_uring_params()
        let descriptor = unsafe clinux_ring_setup(Self.entryCount, &params)
        guard descriptor >= 0 else { return nil }
        let requestsEnd = Int(params.sq_off.array) + Int(params.sq_entries) * MemoryLayout<UInt32>.stride
        let resultsEnd = Int(params.cq_off.cqes) + Int(params.cq_entries) * MemoryLayout<io_uring_cqe>.stride
        ringsBytes = max(requestsEnd, resultsEnd)
        entriesBytes = Int(params.sq_entries) * MemoryLayout<io_uring_sqe>.stride
        let rings = unsafe Self.map(descriptor, at: Int(IORING_OFF_SQ_RING), bytes: ringsBytes)
        let entries = unsafe Self.map(descriptor, at: Int(IORING_OFF_SQES), bytes: entriesBytes)
        // Both rings are one mapping since Linux 5.4.
        let isOneMapping = params.features & UInt32(IORING_FEAT_SINGLE_MMAP) != 0
        guard isOneMapping, let rings = unsafe rings, let entries = unsafe entries else {
            if let rings = unsafe rings { unsafe munmap(rings, ringsBytes) }
            if let entries = unsafe entries { unsafe munmap(entries, entriesBytes) }
            Glibc.close(descriptor)
            return nil
        }
        self.descriptor = descriptor
        self.params = params
        unsafe self.rings = rings
        unsafe self.entries = entries.bindMemory(to: io_uring_sqe.self, capacity: Int(params.sq_entries))
    }

    deinit {
        unsafe munmap(rings, ringsBytes)
        unsafe munmap(entries, entriesBytes)
        Glibc.close(descriptor)
    }

    private static func map(_ descriptor: Int32, at offset: Int, bytes: Int) -> UnsafeMutableRawPointer? {
        let address = unsafe mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, offset)
        return unsafe address == MAP_FAILED ? nil : address
    }

    private func word(_ offset: UInt32) -> UnsafeMutablePointer<UInt32> {
        unsafe (rings + Int(offset)).assumingMemoryBound(to: UInt32.self)
    }

    /// Begins; returns a failure if the kernel does not accept the request.
    func begin(_ request: SyncRequest) -> SyncOutcome? {
        failure = nil
        let tail = unsafe word(params.sq_off.tail).pointee
        var count: UInt32 = 0
        if let file = request.file { add(file, flags: UInt32(IORING_FSYNC_DATASYNC), &count) }
        // A directory's new names are not data, so fdatasync may pass them over.
        if let directory = request.directory { add(directory, flags: 0, &count) }
        guard count > 0 else { return .durable }
        awaitedCount = Int(count)
        // Interrupted before anything was accepted, it may be called again: nothing has been synchronized.
        let accepted = repeating { clinux_ring_submit(descriptor, count) }
        guard accepted <= 0 else {
            return accepted == Int32(count) ? nil : .failed(ErrorNumber(rawValue: EIO))
        }
        // The kernel has accepted nothing, for lack of memory or because of a filter: this is the first try.
        unsafe clinux_store_release(word(params.sq_off.tail), tail)
        awaitedCount = 0
        return Synchronizer.synchronizeNow(request)
    }

    private func add(_ file: DiskFile, flags: UInt32, _ count: inout UInt32) {
        let tail = unsafe word(params.sq_off.tail)
        let position = unsafe tail.pointee
        let index = position & (params.sq_entries - 1)
        unsafe clinux_ring_prepare_sync(entries + Int(index), file.rawValue, flags)
        unsafe word(params.sq_off.array)[Int(index)] = index
        unsafe clinux_store_release(tail, position &+ 1)
        count += 1
    }

    /// The outcome, once all results are there.
    func nextOutcome() -> SyncOutcome? {
        let head = unsafe word(params.cq_off.head)
        let results = unsafe (rings + Int(params.cq_off.cqes)).assumingMemoryBound(to: io_uring_cqe.self)
        var position = unsafe head.pointee
        let end = unsafe clinux_load_acquire(word(params.cq_off.tail))
        guard position != end, awaitedCount > 0 else { return nil }
        while position != end {
            let result = unsafe results[Int(position & (params.cq_entries - 1))].res
            if result < 0 { failure = ErrorNumber(rawValue: -result) }
            position &+= 1
            awaitedCount -= 1
        }
        unsafe clinux_store_release(head, position)
        guard awaitedCount <= 0 else { return nil }
        return failure.map { .failed($0) } ?? .durable
    }
}
