import JSON

/// The body of POST /stations.
public struct SwapStationDraft: Hashable, Sendable {
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

    /// Creates a draft from its parts, which must pass the rules of the form.
    public init(
        name: String, address: String? = nil, latitude: Double? = nil, longitude: Double? = nil,
        status: StationStatus = .active
    ) {
        self.name = name
        self.address = address
        self.latitude = latitude
        self.longitude = longitude
        self.status = status
    }

    /// Reads the body. Throws `invalid` with every fault.
    public init(_ body: JSONValue) throws(Refusal) {
        var form = try Form(body, fields: StationPatch.fields)
        let name = form.required("name", .notBlank, .string, .maxLength(TextLimits.stationNameMax), .noControls)
        let address = form.optional("address", .emptyOrNotBlank, .string, .maxLength(TextLimits.stationAddressMax))
        let latitude = form.optional("latitude", .maximum(90), .minimum(-90), .number)
        let longitude = form.optional("longitude", .maximum(180), .minimum(-180), .number)
        let status = form.optional("status", .word(StationStatus.self))
        try form.finish()
        self.init(
            name: name?.stringValue ?? "", address: address?.stringValue, latitude: latitude?.doubleValue,
            longitude: longitude?.doubleValue, status: status?.word() ?? .active)
    }
}

/// The body of PATCH /stations/{id}.
public struct StationPatch: Hashable, Sendable {
    static let fields = ["name", "address", "latitude", "longitude", "status"]

    /// The name.
    public var name: Edit<String> = .keep

    /// The postal address.
    public var address: Edit<String?> = .keep

    /// Degrees north, -90 to 90.
    public var latitude: Edit<Double?> = .keep

    /// Degrees east, -180 to 180.
    public var longitude: Edit<Double?> = .keep

    /// Whether it is in operation.
    public var status: Edit<StationStatus> = .keep

    /// Creates a patch that keeps every field.
    public init() {}

    /// Reads the body. Throws `invalid` with every fault.
    public init(_ body: JSONValue) throws(Refusal) {
        var form = try Form(body, fields: Self.fields)
        let name = form.edit("name", .notBlank, .string, .maxLength(TextLimits.stationNameMax), .noControls)
        let address = form.nullableEdit("address", .emptyOrNotBlank, .string, .maxLength(TextLimits.stationAddressMax))
        let latitude = form.nullableEdit("latitude", .maximum(90), .minimum(-90), .number)
        let longitude = form.nullableEdit("longitude", .maximum(180), .minimum(-180), .number)
        let status = form.edit("status", .word(StationStatus.self))
        try form.finish()
        if let name = name?.stringValue { self.name = .set(name) }
        if let address { self.address = .set(address.stringValue) }
        if let latitude { self.latitude = .set(latitude.doubleValue) }
        if let longitude { self.longitude = .set(longitude.doubleValue) }
        if let status: StationStatus = status?.word() { self.status = .set(status) }
    }
}
