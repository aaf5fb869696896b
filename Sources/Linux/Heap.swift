import CLinux

/// The C library's heap.
public enum Heap {
    /// Gives the kernel the pages that are free: after work that needed much memory once. The corresponding C function
    /// is `malloc_trim`.
    public static func trim() { malloc_trim(0) }
}
