import Bytes
import JSON
import Platform

/// Whose data directory this is: the content of `station.json`.
public struct StationFile: Hashable, Sendable {
    /// The format of the data directory that this program reads and writes.
    public static let format: Int64 = 1

    public let stationID: Int64
    /// A random name, made with the data directory, that tells its sequences from all others.
    public let epoch: String

    public init(stationID: Int64, epoch: String) {
        self.stationID = stationID
        self.epoch = epoch
    }

    /// Whether `epoch` can be one: 1 to 64 letters, digits, `-` and `_`.
    public static func isValid(epoch: String) -> Bool {
        (1...64).contains(epoch.utf8.count)
            && epoch.utf8.allSatisfy { $0.isASCIILetter || $0.isASCIIDigit || $0 == 0x2D || $0 == 0x5F }
    }

    var json: JSONObject {
        ["format": .integer(Self.format), "station_id": .integer(stationID), "epoch": .string(epoch)]
    }

    /// What the data directory says; nil where its file is missing or damaged.
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

    static let bytesMax = 64 * 1024

    /// Reads the file's bytes; nil where they are damaged.
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
