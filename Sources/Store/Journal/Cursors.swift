import Bytes
import JSON
import Platform

/// How far each reader of the journal has got: `cursors/<reader>.json`. Each reader has a file, and each file one
/// writer.
public enum Cursors {
    /// The reader that keeps the documents up to date.
    public static let checkpointer = "checkpointer"

    /// Not a reader, but the highest number that was used where nothing else may show it any more. Recovery stores the
    /// last number that it has left out; `Checkpoint.rewind` stores how far the checkpointer had got.
    static let recovery = "recovery"

    /// The sequence up to which `reader` is done; nil if there is no file, or it is not a cursor.
    ///
    /// - Throws: `disk`.
    public static func read(_ disk: any Disk, reader: String) throws(StoreError) -> UInt64? {
        do {
            return decode(try disk.contents(of: path(reader), countMax: bytesMax))
        } catch {
            if error.number == .noSuchFile { return nil }
            throw .disk(error)
        }
    }

    /// Stores the sequence, durable on return.
    ///
    /// - Throws: `disk`.
    public static func write(_ disk: any Disk, reader: String, sequence: UInt64) throws(StoreError) {
        try onDisk { () throws(DiskError) in
            try disk.replace(path(reader), with: encode(sequence))
            try disk.synchronizeDirectory(StorePath.cursors)
        }
    }

    /// Stores that numbers up to `sequence` were used, although nothing else may show it.
    ///
    /// - Throws: `disk`.
    public static func noteUsed(_ disk: any Disk, through sequence: UInt64) throws(StoreError) {
        let known = try read(disk, reader: recovery) ?? 0
        if known < sequence { try write(disk, reader: recovery, sequence: sequence) }
    }

    /// Makes durable what `read` returns. A killed process may have renamed a cursor's file without synchronizing the
    /// directory: after a power failure the older cursor would be back, while work that relied on the newer one stays.
    ///
    /// - Throws: `disk`.
    public static func confirm(_ disk: any Disk) throws(StoreError) {
        do {
            // A file's contents are durable before it gets its name.
            try disk.synchronizeDirectory(StorePath.cursors)
        } catch {
            guard error.number == .noSuchFile else { throw .disk(error) }
        }
    }

    /// No cursor's file is longer.
    static let bytesMax = 4096

    static func decode(_ bytes: [UInt8]) -> UInt64? { (try? JSONParser.parse(bytes))?["sequence"]?.sequenceValue }

    static func encode(_ sequence: UInt64) -> [UInt8] {
        JSONValue.object(["sequence": JSONValue(sequence)]).encoded(.pretty) + [0x0A]
    }

    static func path(_ reader: String) -> String { "\(StorePath.cursors)/\(reader).json" }
}
