/// Whole files, made of the calls that a disk has.
extension Disk {
    /// The bytes of a file.
    ///
    /// - Parameter countMax: more than this is a fault, `fileTooLarge`.
    public func contents(of path: String, countMax: Int) throws(DiskError) -> [UInt8] {
        var bytes: [UInt8] = []
        try read(path, into: &bytes, countMax: countMax)
        return bytes
    }

    /// The same into a buffer whose storage is used again. The file's size is not asked for: small files, of which
    /// there are many, cost one call less.
    public func read(_ path: String, into bytes: inout [UInt8], countMax: Int) throws(DiskError) {
        let file = try open(path, for: .reading)
        defer { close(file) }
        let step = 16 * 1024
        if bytes.count < step { bytes.append(contentsOf: [UInt8](repeating: 0, count: step - bytes.count)) }
        var count = try read(file, at: 0, into: &bytes)
        if count < bytes.count {
            bytes.removeLast(bytes.count - count)
        } else {
            var chunk = [UInt8](repeating: 0, count: 4 * step)
            while true {
                let more = try read(file, at: count, into: &chunk)
                bytes.append(contentsOf: chunk[..<more])
                count += more
                guard count <= countMax else { break }
                if more < chunk.count { break }
            }
        }
        guard count <= countMax else { throw DiskError(.read, path: path, number: .fileTooLarge) }
    }

    /// Makes `bytes` the contents of `path`, whole or not at all: a temporary file beside it is written, synchronized
    /// and given the name. The name is durable after `synchronizeDirectory`, which is the caller's, so that many files
    /// can share one.
    public func replace(_ path: String, with bytes: [UInt8], mode: DiskMode = .ordinary) throws(DiskError) {
        let temporary = path + StorePath.temporarySuffix
        let file: DiskFile
        do {
            file = try create(temporary, mode: mode)
        } catch let error {
            // What an earlier writer left behind when it was killed.
            guard error.number == .fileExists else { throw error }
            try unlink(temporary)
            file = try create(temporary, mode: mode)
        }
        do {
            defer { close(file) }
            if !bytes.isEmpty { try write(file, bytes, at: 0) }
            try synchronize(file)
        } catch let error {
            try? unlink(temporary)
            throw error
        }
        try rename(temporary, to: path)
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
