import CLinux

/// The C library's heap.
public enum Heap {
    /// Returns free pages to the kernel; call it after work that needed much memory once. The corresponding C function
    /// is `malloc_trim`.
    public static func trim() { malloc_trim(0) }
}
