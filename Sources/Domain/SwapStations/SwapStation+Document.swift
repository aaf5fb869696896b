import JSON

// stations/<id>.json: the members of an answer, then sequence.

extension SwapStation: Document {
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
