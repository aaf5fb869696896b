/// A place where batteries are swapped.
public struct SwapStation: Hashable, Sendable {
    public let id: Identifier
    public var name: String
    public var address: String?

    /// Degrees north, -90 to 90.
    public var latitude: Double?

    /// Degrees east, -180 to 180.
    public var longitude: Double?

    public var status: StationStatus

    /// The last event that changed it; 0 in records, which have their own.
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
