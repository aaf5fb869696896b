import Foundation
import Linux
import Platform
import Simulation
import Store
import Testing

/// A real disk, in a directory that is removed with it.
private final class TemporaryDisk {
    let root: String
    let disk: LinuxDisk

    init() throws {
        root = NSTemporaryDirectory() + "store-" + UUID().uuidString
        disk = try LinuxDisk(root: root, creating: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: root) }

    func mode(_ path: String) throws -> Int {
        try #require(try FileManager.default.attributesOfItem(atPath: "\(root)/\(path)")[.posixPermissions] as? Int)
    }
}

@Suite struct LinuxDiskTests {
    private let temporary: TemporaryDisk
    private var disk: LinuxDisk { temporary.disk }

    init() throws { temporary = try TemporaryDisk() }

    @Test func `files are written and read`() throws {
        let file = try disk.create("a", mode: .ordinary)
        try disk.write(file, Array("hello".utf8), at: 3)
        #expect(try disk.size(file) == 8)
        var buffer = [UInt8](repeating: 9, count: 20)
        #expect(try disk.read(file, at: 2, into: &buffer) == 6)
        #expect(Array(buffer.prefix(7)) == [0] + Array("hello".utf8) + [9])
        #expect(try disk.read(file, at: 100, into: &buffer) == 0)
        try disk.synchronize(file)
        try disk.truncate(file, to: 4)
        #expect(try disk.size(file) == 4)
        disk.close(file)
        #expect(throws: DiskError.self) { try disk.size(file) }
        #expect(try disk.contents(of: "a", countMax: 10) == [0, 0, 0, 0x68])
    }

    @Test func `no call follows a symbolic link out of the directory`() throws {
        let outside = NSTemporaryDirectory() + "outside-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: outside + "/below", withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: outside) }
        try Data("theirs".utf8).write(to: URL(fileURLWithPath: outside + "/file"))
        try FileManager.default.createSymbolicLink(
            atPath: temporary.root + "/inboxes", withDestinationPath: outside)
        try FileManager.default.createSymbolicLink(
            atPath: temporary.root + "/link", withDestinationPath: outside + "/file")
        try disk.makeDirectory("own")
        disk.close(try disk.create("own/a", mode: .ordinary))
        #expect(try disk.links() == ["inboxes", "link"])
        let disk = disk
        let calls: [(String, () throws -> Void)] = [
            ("list", { _ = try disk.list("inboxes") }),
            ("open", { _ = try disk.open("inboxes/file", for: .reading) }),
            ("open deeper", { _ = try disk.open("inboxes/below/file", for: .reading) }),
            ("open a link", { _ = try disk.open("link", for: .reading) }),
            ("create", { _ = try disk.create("inboxes/new", mode: .ordinary) }),
            ("lock", { _ = try disk.lock("inboxes/lock", waiting: false) }),
            ("lock a link", { _ = try disk.lock("link", waiting: false) }),
            ("make a directory", { try disk.makeDirectory("inboxes/new") }),
            ("open a directory", { _ = try disk.openDirectory("inboxes") }),
            ("synchronize a directory", { try disk.synchronizeDirectory("inboxes") }),
            ("rename from", { try disk.rename("inboxes/file", to: "own/b") }),
            ("rename to", { try disk.rename("own/a", to: "inboxes/a") }),
            ("unlink", { try disk.unlink("inboxes/file") }),
            ("go up", { _ = try disk.open("own/../../etc", for: .reading) }),
            ("list above", { _ = try disk.list("..") }),
        ]
        for (name, call) in calls { #expect(throws: DiskError.self, "\(name)") { try call() } }
        #expect(try FileManager.default.contentsOfDirectory(atPath: outside).sorted() == ["below", "file"])
        #expect(try String(contentsOfFile: outside + "/file", encoding: .utf8) == "theirs")
        // A link itself may be removed or moved: that touches nothing outside.
        try disk.rename("link", to: "own/link")
        try disk.unlink("own/link")
        #expect(FileManager.default.fileExists(atPath: outside + "/file"))
    }

    /// A few files are synchronized one by one, many together. The result is the same.
    @Test(arguments: [0, 1, 7, 8, 40])
    func `many files are replaced together`(count: Int) throws {
        try disk.makeDirectory("d")
        let contents = (0..<count).map { (path: "d/\($0).json", bytes: Array("file \($0)".utf8)) }
        // One has an earlier writer's temporary file in its way, and another replaces an older file.
        disk.close(try disk.create("d/3.json.tmp", mode: .ordinary))
        try disk.replace("d/2.json", with: Array("older".utf8))
        try disk.replace(contents)
        for (path, bytes) in contents { #expect(try disk.contents(of: path, countMax: 100) == bytes) }
        let temporaries = try disk.list("d").filter { $0.hasSuffix(".tmp") }
        #expect(temporaries == (count > 3 ? [] : ["3.json.tmp"]))
    }

    @Test func `if one of many files cannot be written, none is replaced`() throws {
        try disk.makeDirectory("d")
        try disk.makeDirectory("d/9.json.tmp")
        let contents = (0..<20).map { (path: "d/\($0).json", bytes: Array("file \($0)".utf8)) }
        #expect(throws: DiskError.self) { try disk.replace(contents) }
        #expect(try disk.list("d") == ["9.json.tmp"])
    }

    @Test func `modes are narrow`() throws {
        let mask = umask(0)
        defer { umask(mask) }
        disk.close(try disk.create("ordinary", mode: .ordinary))
        disk.close(try disk.create("secret", mode: .secret))
        try disk.makeDirectory("directory")
        #expect(try temporary.mode("ordinary") == 0o640)
        #expect(try temporary.mode("secret") == 0o600)
        #expect(try temporary.mode("directory") == 0o750)
        #expect(try temporary.mode("") == 0o750)
    }

    @Test func `files are renamed, removed and listed`() throws {
        try disk.makeDirectory("d")
        try disk.makeDirectory("d")
        disk.close(try disk.create("d/a", mode: .ordinary))
        disk.close(try disk.create("d/b", mode: .ordinary))
        try disk.rename("d/a", to: "d/c")
        #expect(try disk.list("d").sorted() == ["b", "c"])
        try disk.synchronizeDirectory("d")
        try disk.synchronizeDirectory("")
        try disk.unlink("d/b")
        #expect(try disk.list("d") == ["c"])
        #expect(try disk.list("") == ["d"])
    }

    @Test func `long directories are listed whole`() throws {
        try disk.makeDirectory("d")
        for number in 0..<2000 { disk.close(try disk.create("d/a long enough name \(number)", mode: .ordinary)) }
        #expect(Set(try disk.list("d")).count == 2000)
    }

    @Test func `errors say what was tried and why`() throws {
        #expect(throws: DiskError(.open, path: "x", number: .noSuchFile)) { try disk.open("x", for: .reading) }
        #expect(throws: DiskError(.list, path: "x", number: .noSuchFile)) { try disk.list("x") }
        #expect(throws: DiskError(.unlink, path: "x", number: .noSuchFile)) { try disk.unlink("x") }
        #expect(throws: DiskError(.rename, path: "x", number: .noSuchFile)) { try disk.rename("x", to: "y") }
        disk.close(try disk.create("x", mode: .ordinary))
        #expect(throws: DiskError(.create, path: "x", number: .fileExists)) { try disk.create("x", mode: .ordinary) }
        #expect(throws: DiskError(.list, path: "x", number: .notADirectory)) { try disk.list("x") }
        #expect(throws: DiskError(.open, path: "\(temporary.root)/no/where", number: .noSuchFile)) {
            try LinuxDisk(root: "\(temporary.root)/no/where", creating: false)
        }
        let error = DiskError(.unlink, path: "journal/next", number: .noSpace)
        #expect(error.description == "cannot remove journal/next: No space left on device")
    }

    @Test func `the named error numbers are Linux's`() {
        let numbers: [(ErrorNumber, Int32)] = [
            (.notPermitted, EPERM), (.noSuchFile, ENOENT), (.inputOutput, EIO), (.accessDenied, EACCES),
            (.fileExists, EEXIST), (.notADirectory, ENOTDIR), (.isADirectory, EISDIR), (.tooManyOpenFiles, EMFILE),
            (.fileTooLarge, EFBIG), (.noSpace, ENOSPC), (.readOnlyFileSystem, EROFS), (.tooManyLinks, ELOOP),
            (.interrupted, EINTR), (.noMemory, ENOMEM), (.tooManyFilesInSystem, ENFILE), (.noLocks, ENOLCK),
            (.quotaExceeded, EDQUOT), (.illegalSeek, ESPIPE), (.noSuchDevice, ENXIO),
        ]
        for (number, value) in numbers { #expect(number.rawValue == value, "\(number)") }
    }

    @Test func `symbolic links and FIFOs are not files`() throws {
        #expect(symlink("/etc/passwd", "\(temporary.root)/link") == 0)
        #expect(throws: DiskError(.open, path: "link", number: .tooManyLinks)) { try disk.open("link", for: .reading) }
        #expect(mkfifo("\(temporary.root)/fifo", 0o600) == 0)
        #expect(throws: DiskError(.read, path: "fifo", number: .illegalSeek)) {
            try disk.contents(of: "fifo", countMax: 10)
        }
    }

    @Test func `a lock is exclusive and ends with its handle`() throws {
        let other = try LinuxDisk(root: temporary.root, creating: false)
        let lock = try #require(try disk.lock("lock", waiting: false))
        #expect(try other.lock("lock", waiting: false) == nil)
        disk.close(lock)
        let second = try other.lock("lock", waiting: false)
        #expect(second != nil)
        #expect(try disk.lock("lock", waiting: false) == nil)
    }

    @Test func `a lock ends with its disk`() throws {
        do {
            let other = try LinuxDisk(root: temporary.root, creating: false)
            #expect(try other.lock("lock", waiting: false) != nil)
            #expect(try disk.lock("lock", waiting: false) == nil)
        }
        #expect(try disk.lock("lock", waiting: true) != nil)
    }

    @Test func `allocated space is zeros`() throws {
        let file = try disk.create("a", mode: .ordinary)
        try disk.allocate(file, count: 300_001)
        disk.close(file)
        #expect(try disk.contents(of: "a", countMax: 300_001) == [UInt8](repeating: 0, count: 300_001))
        #expect(try disk.freeBytes() > 0)
    }

    @Test func `a directory may be moved while in use`() throws {
        try disk.replace("a", with: [1])
        let moved = temporary.root + "-moved"
        #expect(rename(temporary.root, moved) == 0)
        #expect(try disk.contents(of: "a", countMax: 10) == [1])
        #expect(rename(moved, temporary.root) == 0)
    }

    @Test func `the whole store works on a real disk`() throws {
        var random = SeededGenerator(seed: 11)
        var workload = Workload()
        for _ in 0..<3 {
            let disk = try LinuxDisk(root: temporary.root, creating: true)
            let journal = try workload.start(disk)
            try workload.run(journal, disk, count: 60, using: &random)
        }
        let disk = try LinuxDisk(root: temporary.root, creating: false)
        let journal = try workload.start(disk)
        try workload.checkpoint(journal, disk)
        #expect(try Workload.documents(disk) == workload.expectedDocuments())
        let check = try StoreCheck.run(LinuxDisk(root: temporary.root, creating: false), documents: [Workload.items])
        #expect(check.isInUse)
        #expect(check.findings.allSatisfy { $0.severity == .note }, "\(check.findings)")
    }

    /// A limit on the size of files stands for a full device.
    @Test func `lack of space is an error, not a signal`() throws {
        signal(SIGXFSZ, SIG_IGN)
        var old = rlimit()
        #expect(getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &old) == 0)
        var limit = rlimit(rlim_cur: 1 << 30, rlim_max: old.rlim_max)
        #expect(setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0)
        defer { setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &old) }
        let file = try disk.create("a", mode: .ordinary)
        #expect(throws: DiskError(.write, path: "a", number: .fileTooLarge)) {
            try disk.write(file, [1, 2, 3], at: 1 << 30)
        }
        #expect(throws: DiskError(.allocate, path: "a", number: .fileTooLarge)) {
            try disk.allocate(file, count: 1 << 31)
        }
    }
}
