import Platform

/// Whole files, made of the calls that a disk has.
extension Disk {
    /// The bytes of a file.
    ///
    /// - Parameter countMax: more than this is a fault, `fileTooLarge`.
    public func contents(of path: String, countMax: Int) throws(DiskError) -> [UInt8] {
        var bytes: [UInt8] = []
        let count = try read(path, into: &bytes, countMax: countMax)
        bytes.removeLast(bytes.count - count)
        return bytes
    }

    /// The same into the beginning of a buffer that is used again, and gives their number. The buffer grows where it
    /// must. The file's size is not asked for: small files, of which there are many, cost one call less.
    public func read(_ path: String, into buffer: inout [UInt8], countMax: Int) throws(DiskError) -> Int {
        let file = try open(path, for: .reading)
        defer { close(file) }
        let step = 16 * 1024
        if buffer.count < step { buffer = [UInt8](repeating: 0, count: step) }
        var count = try read(file, at: 0, into: &buffer)
        if count == buffer.count {
            var chunk = [UInt8](repeating: 0, count: 4 * step)
            while true {
                let more = try read(file, at: count, into: &chunk)
                buffer.append(contentsOf: chunk[..<more])
                count += more
                if more < chunk.count || count > countMax { break }
            }
        }
        guard count <= countMax else { throw DiskError(.read, path: path, number: .fileTooLarge) }
        return count
    }

    /// Makes `bytes` the contents of `path`, whole or not at all: a temporary file beside it is written, synchronized
    /// and given the name. The name is durable after `synchronizeDirectory`, which is the caller's, so that many files
    /// can share one.
    public func replace(_ path: String, with bytes: [UInt8], mode: DiskMode = .ordinary) throws(DiskError) {
        try replace([(path, bytes)], mode: mode)
    }

    /// The same for many files, which share one synchronization. Where it throws some may be replaced, each of them
    /// whole.
    public func replace(
        _ contents: [(path: String, bytes: [UInt8])], mode: DiskMode = .ordinary
    ) throws(DiskError) {
        var files: [DiskFile] = []
        var temporaries: [String] = []
        do {
            defer { for file in files { close(file) } }
            for (path, bytes) in contents {
                let temporary = path + StorePath.temporarySuffix
                let file = try createAnew(temporary, mode: mode)
                files.append(file)
                temporaries.append(temporary)
                if !bytes.isEmpty { try write(file, bytes, at: 0) }
            }
            try synchronize(files)
        } catch let error {
            for temporary in temporaries { try? unlink(temporary) }
            throw error
        }
        for (index, content) in contents.enumerated() {
            do {
                try rename(temporaries[index], to: content.path)
            } catch let error {
                for temporary in temporaries[index...] { try? unlink(temporary) }
                throw error
            }
        }
    }

    /// Creates a file that an earlier writer may have left behind when it was killed.
    private func createAnew(_ path: String, mode: DiskMode) throws(DiskError) -> DiskFile {
        do {
            return try create(path, mode: mode)
        } catch let error {
            guard error.number == .fileExists else { throw error }
            try unlink(path)
            return try create(path, mode: mode)
        }
    }

    /// One by one.
    public func synchronize(_ files: [DiskFile]) throws(DiskError) {
        for file in files { try synchronize(file) }
    }

    /// Removes a name; it is no fault if there is none.
    public func unlinkIfPresent(_ path: String) throws(DiskError) {
        do {
            try unlink(path)
        } catch let error {
            guard error.number == .noSuchFile else { throw error }
        }
    }
}

/// Makes a call, and once more where the device failed it: for what is put aside if it cannot be read, since such an
/// error may pass.
func insisting<Result>(_ call: () throws(DiskError) -> Result) throws(DiskError) -> Result {
    do {
        return try call()
    } catch {
        guard error.number == .inputOutput else { throw error }
        return try call()
    }
}
