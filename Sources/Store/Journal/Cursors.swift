import Bytes
import JSON

/// How far each reader of the journal has come: `cursors/<reader>.json`, a file for each, as each has one writer.
public enum Cursors {
    /// The reader that keeps the documents up to date.
    public static let checkpointer = "checkpointer"

    /// No reader: a number that was used, where nothing else may tell it any more. Recovery notes the one that it has
    /// left out last, and whoever sets the checkpointer back up to where that had been.
    static let recovery = "recovery"

    /// The sequence up to which `reader` is done; nil where there is no file, or none that can be read as a cursor.
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

    /// Makes durable what `read` gives. A process that was killed may have written it and not had the time: what relies
    /// on it would be lost with the power, and it would not.
    ///
    /// - Throws: `disk`.
    public static func confirm(_ disk: any Disk) throws(StoreError) {
        do {
            // The contents are durable before they get their name.
            try disk.synchronizeDirectory(StorePath.cursors)
        } catch {
            guard error.number == .noSuchFile else { throw .disk(error) }
        }
    }

    static let bytesMax = 4096

    static func decode(_ bytes: [UInt8]) -> UInt64? { (try? JSONParser.parse(bytes))?["sequence"]?.sequenceValue }

    static func encode(_ sequence: UInt64) -> [UInt8] {
        JSONValue.object(["sequence": JSONValue(sequence)]).encoded(.pretty) + [0x0A]
    }

    static func path(_ reader: String) -> String { "\(StorePath.cursors)/\(reader).json" }
}
