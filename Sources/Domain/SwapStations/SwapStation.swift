import JSON

/// A place where batteries are swapped, which tickets are about.
public struct SwapStation: Hashable, Sendable {
    /// Its number.
    public let id: Identifier

    /// Its name.
    public var name: String

    /// Its postal address; nil if unknown.
    public var address: String?

    /// Degrees north, -90 to 90; nil if unknown.
    public var latitude: Double?

    /// Degrees east, -180 to 180; nil if unknown.
    public var longitude: Double?

    /// Whether it is in operation.
    public var status: StationStatus

    /// The last event that changed it; 0 in records, which have a sequence of their own.
    public var sequence: UInt64

    func writeMembers(into sink: inout some MemberSink) {
        sink.member("station_id", id: id)
        sink.member("name", name)
        sink.member("address", address)
        sink.member("latitude", latitude)
        sink.member("longitude", longitude)
        sink.member("status", status.rawValue)
    }

    init(
        id: Identifier, name: String, address: String?, latitude: Double?, longitude: Double?, status: StationStatus,
        sequence: UInt64
    ) {
        self.id = id
        self.name = name
        self.address = address
        self.latitude = latitude
        self.longitude = longitude
        self.status = status
        self.sequence = sequence
    }

    init(_ reader: MemberReader, sequence: UInt64) throws(DocumentFault) {
        self.init(
            id: try reader.identifier("station_id"), name: try reader.string("name"),
            address: try reader.optionalString("address"), latitude: try reader.optionalDouble("latitude"),
            longitude: try reader.optionalDouble("longitude"), status: try reader.word("status"), sequence: sequence)
    }
}

/// Whether a swap station is in operation.
public enum StationStatus: String, CaseIterable, Sendable {
    case active, inactive, maintenance
}

// stations/<id>.json: the members of an answer, then sequence.

extension SwapStation: DeskDocument {
    init(_ reader: MemberReader, id: Identifier) throws(DocumentFault) {
        try self.init(reader, sequence: try reader.sequence("sequence"))
        guard self.id == id else { throw reader.fault("station_id", "must be the number in the file's name") }
    }

    init?(madeBy event: Event, id: Identifier) {
        switch event.change {
        case .stationCreated(let station), .stationUpdated(let station, _): self = station
        default: return nil
        }
    }

    var path: DocumentPath { DocumentPath(.stations, id) }

    static func appendPaths(touchedBy event: Event, to paths: inout [DocumentPath]) {
        switch event.change {
        case .stationCreated(let station), .stationUpdated(let station, _):
            paths.append(DocumentPath(.stations, station.id))
        default: break
        }
    }

    var documentSequence: UInt64 { sequence }

    mutating func fold(_ event: Event) -> Bool {
        switch event.change {
        case .stationCreated(let station), .stationUpdated(let station, _): self = station
        default: break
        }
        return true
    }

    func write(into object: inout JSONObject) { writeMembers(into: &object) }
}
