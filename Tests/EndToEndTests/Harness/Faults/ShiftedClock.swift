import Foundation

/// A wall clock that a test can set while a station runs. The monotonic clock is left alone.
///
/// A preloaded library replaces the C library's clock, so the station must not be linked statically.
final class ShiftedClock {
    private let scratch: ScratchDirectory
    private var offsetPath: String { scratch.file("offset") }
    private var libraryPath: String { scratch.file("shifted-clock.so") }

    private static let source = """
        #define _GNU_SOURCE
        #include <fcntl.h>
        #include <stdlib.h>
        #include <sys/mman.h>
        #include <sys/syscall.h>
        #include <time.h>
        #include <unistd.h>

        static const volatile long long *offset;

        __attribute__((constructor)) static void begin(void) {
            int file = open(getenv("SHIFTED_CLOCK"), O_RDONLY | O_CLOEXEC);
            void *page = mmap(0, 8, PROT_READ, MAP_SHARED, file, 0);
            if (page != MAP_FAILED) offset = page;
            close(file);
        }

        int clock_gettime(clockid_t clock, struct timespec *time) {
            int result = syscall(SYS_clock_gettime, clock, time);
            if (result == 0 && clock == CLOCK_REALTIME && offset) time->tv_sec += *offset;
            return result;
        }
        """

    /// The C compiler, if there is one.
    private static let compiler: String? = ["clang", "cc", "gcc"].first { name in
        (try? CommandResult.run([name, "--version"]))?.exit == .code(0)
    }

    /// Why no clock can be shifted here, or nil if one can.
    static let problem: String? = {
        if compiler == nil { return "there is no C compiler" }
        let linked = try? CommandResult.run(["ldd", BuiltProduct.stationd])
        return linked?.exit == .code(0) ? nil : "the station is linked statically"
    }()

    init() throws {
        if let problem = Self.problem { throw HarnessFault(problem) }
        scratch = try ScratchDirectory()
        try WholeFile.write(Self.source, to: scratch.file("shifted-clock.c"))
        let arguments = [
            Self.compiler ?? "cc", "-shared", "-fPIC", "-O1", "-o", libraryPath, scratch.file("shifted-clock.c"),
        ]
        let result = try CommandResult.run(arguments)
        guard result.exit == .code(0) else { throw HarnessFault("the clock does not compile: \(result.excerpt)") }
        try set(secondsAhead: 0)
    }

    deinit { scratch.remove() }

    /// The shell commands to run before the station.
    var preparation: String { "export SHIFTED_CLOCK=\(offsetPath) LD_PRELOAD=\(libraryPath)" }

    /// Sets how far the clock is ahead of the real one from now on. Negative values set it behind.
    func set(secondsAhead seconds: Int64) throws {
        let descriptor = open(offsetPath, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw HarnessFault("\(offsetPath): errno \(errno)") }
        defer { close(descriptor) }
        // Write in place: the station has mapped the file.
        let count = withUnsafeBytes(of: seconds) { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
        guard count == 8 else { throw HarnessFault("\(offsetPath): errno \(errno)") }
    }
}
