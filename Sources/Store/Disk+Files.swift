import Platform

/// Whole files, in terms of the calls of a disk.
extension Disk {
    /// The bytes of a file.
    ///
    /// - Parameter countMax: a longer file is a fault, `fileTooLarge`.
    public func contents(of path: String, countMax: Int) throws(DiskError) -> [UInt8] {
        var bytes: [UInt8] = []
        let count = try read(path, into: &bytes, countMax: countMax)
        bytes.removeLast(bytes.count - count)
        return bytes
    }

    /// Reads a file into the beginning of a reusable buffer, which grows if it must. It does not ask for the file's
    /// size: that saves a call for each small file, of which there are many.
    ///
    /// - Parameter countMax: a longer file is a fault, `fileTooLarge`.
    /// - Returns: the number of bytes.
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

    /// Makes `bytes` the contents of `path`, whole or not at all: it writes a temporary file beside it, synchronizes
    /// that and renames it. The name is durable after `synchronizeDirectory`, which is left to the caller, so that many
    /// files can share one call.
    public func replace(_ path: String, with bytes: [UInt8], mode: DiskMode = .ordinary) throws(DiskError) {
        try replace([(path, bytes)], mode: mode)
    }

    /// Replaces many files, which share one synchronization. When it throws, some may have been replaced, each of them
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

    /// Creates a file that an earlier writer may have left when it was killed.
    private func createAnew(_ path: String, mode: DiskMode) throws(DiskError) -> DiskFile {
        do {
            return try create(path, mode: mode)
        } catch let error {
            guard error.number == .fileExists else { throw error }
            try unlink(path)
            return try create(path, mode: mode)
        }
    }

    /// Synchronizes the files one by one: the way of disks that know no faster one.
    public func synchronize(_ files: [DiskFile]) throws(DiskError) {
        for file in files { try synchronize(file) }
    }

    /// Removes a name, if it exists.
    public func unlinkIfPresent(_ path: String) throws(DiskError) {
        do {
            try unlink(path)
        } catch let error {
            guard error.number == .noSuchFile else { throw error }
        }
    }
}

/// Makes a call, and repeats it once after an error of the device, which may pass. For reads of what would be put aside
/// if it could not be read.
func insisting<Result>(_ call: () throws(DiskError) -> Result) throws(DiskError) -> Result {
    do {
        return try call()
    } catch {
        guard error.number == .inputOutput else { throw error }
        return try call()
    }
}
