import JSON

/// The body of POST /stations.
public struct StationDraft: Hashable, Sendable {
    public var name: String
    public var address: String?
    public var latitude: Double?
    public var longitude: Double?
    public var status: StationStatus

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

    public init(_ body: JSONValue) throws(Refusal) {
        var form = try Form(body, fields: StationPatch.fields)
        let name = form.required("name", .notEmpty, .string, .maxLength(TextLimits.stationNameMax), .noControls)
        let address = form.optional("address", .string, .maxLength(TextLimits.stationAddressMax))
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

    public var name: Edit<String> = .keep
    public var address: Edit<String?> = .keep
    public var latitude: Edit<Double?> = .keep
    public var longitude: Edit<Double?> = .keep
    public var status: Edit<StationStatus> = .keep

    public init() {}

    public init(_ body: JSONValue) throws(Refusal) {
        var form = try Form(body, fields: Self.fields)
        let name = form.edit("name", .notEmpty, .string, .maxLength(TextLimits.stationNameMax), .noControls)
        let address = form.nullableEdit("address", .string, .maxLength(TextLimits.stationAddressMax))
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
