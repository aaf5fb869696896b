#if TLS
import COpenSSL

/// The library's way to a machine's bytes (BIO_meth_new(3)).
enum MemoryBIO {
    /// Creates the BIO of one machine, which must outlive it; nil for lack of memory.
    static func make(for machine: OpenSSLMachine) -> OpaquePointer? {
        guard let bio = unsafe BIO_new(method) else { return nil }
        unsafe BIO_set_data(bio, Unmanaged.passUnretained(machine).toOpaque())
        unsafe BIO_set_init(bio, 1)
        return unsafe bio
    }

    /// Made once and kept: the library refers to it from every BIO.
    nonisolated(unsafe) private static let method: OpaquePointer? = {
        let type = BIO_get_new_index() | BIO_TYPE_SOURCE_SINK
        guard let method = unsafe BIO_meth_new(type, "machine") else { return nil }
        unsafe BIO_meth_set_read(method) { bio, bytes, count in unsafe MemoryBIO.read(bio, bytes, count) }
        unsafe BIO_meth_set_write(method) { bio, bytes, count in unsafe MemoryBIO.write(bio, bytes, count) }
        // Everything is written at once, so a flush succeeds; the library asks for nothing else that matters.
        unsafe BIO_meth_set_ctrl(method) { _, command, _, _ in command == BIO_CTRL_FLUSH ? 1 : 0 }
        return unsafe method
    }()

    private static func machine(of bio: OpaquePointer?) -> OpenSSLMachine? {
        guard let pointer = unsafe BIO_get_data(bio) else { return nil }
        return unsafe Unmanaged<OpenSSLMachine>.fromOpaque(pointer).takeUnretainedValue()
    }

    private static func read(
        _ bio: OpaquePointer?, _ bytes: UnsafeMutablePointer<CChar>?, _ count: Int32
    ) -> Int32 {
        unsafe copenssl_clear_retry(bio)
        guard let machine = unsafe machine(of: bio), count > 0 else { return -1 }
        let moved = unsafe machine.take(into: UnsafeMutableRawBufferPointer(start: bytes, count: Int(count)))
        if moved > 0 { return Int32(clamping: moved) }
        unsafe copenssl_set_read_retry(bio)
        return -1
    }

    private static func write(_ bio: OpaquePointer?, _ bytes: UnsafePointer<CChar>?, _ count: Int32) -> Int32 {
        unsafe copenssl_clear_retry(bio)
        guard let machine = unsafe machine(of: bio), count > 0 else { return -1 }
        machine.output.append { storage in
            unsafe storage.append(contentsOf: UnsafeRawBufferPointer(start: bytes, count: Int(count)))
        }
        return count
    }
}
#endif
