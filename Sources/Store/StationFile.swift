import Bytes
import JSON
import Platform

/// Whose data directory this is: the content of `station.json`.
public struct StationFile: Hashable, Sendable {
    /// The format of the data directory that this program reads and writes.
    public static let format: Int64 = 1

    /// The number under which the central server knows this station.
    public let stationID: Int64
    /// A random name, made together with the data directory, that distinguishes its sequences from all others.
    public let epoch: String

    /// - Parameter epoch: should be valid; what is written with another one reads back as damaged.
    public init(stationID: Int64, epoch: String) {
        self.stationID = stationID
        self.epoch = epoch
    }

    /// Whether `epoch` is a valid one: 1 to 64 ASCII letters, digits, `-` and `_`.
    public static func isValid(epoch: String) -> Bool {
        (1...64).contains(epoch.utf8.count)
            && epoch.utf8.allSatisfy { $0.isASCIILetter || $0.isASCIIDigit || $0 == 0x2D || $0 == 0x5F }
    }

    /// The file's bytes.
    var encoded: [UInt8] {
        let object: JSONObject = [
            "format": .integer(Self.format), "station_id": .integer(stationID), "epoch": .string(epoch),
        ]
        return object.encoded(.pretty) + [0x0A]
    }

    /// Reads the file of a data directory; nil if it is missing or damaged.
    ///
    /// - Throws: `unknownFormat`, `disk`.
    public static func read(_ disk: any Disk) throws(StoreError) -> StationFile? {
        let bytes: [UInt8]
        do {
            bytes = try disk.contents(of: StorePath.stationFile, countMax: bytesMax)
        } catch {
            if error.number == .noSuchFile { return nil }
            throw .disk(error)
        }
        return try StationFile(bytes: bytes)
    }

    /// No valid file is longer.
    static let bytesMax = 64 * 1024

    /// Decodes the file's bytes; nil if they are damaged.
    ///
    /// - Throws: `unknownFormat`.
    init?(bytes: [UInt8]) throws(StoreError) {
        guard let value = try? JSONParser.parse(bytes), let format = value["format"]?.integerValue else { return nil }
        guard format == Self.format else { throw .unknownFormat(format) }
        guard let stationID = value["station_id"]?.integerValue, let epoch = value["epoch"]?.stringValue,
            Self.isValid(epoch: epoch)
        else { return nil }
        self.init(stationID: stationID, epoch: epoch)
    }
}
