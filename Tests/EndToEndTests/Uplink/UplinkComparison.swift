import Foundation
import JSON

/// Compares a central server with a station, by the answers of both and by both journals.
extension UplinkStage {
    /// The differences. Empty if there are none.
    func differences(_ member: Member) throws -> [String] {
        try ticketDifferences(member) + journalDifferences(member)
    }

    // MARK: Answers

    func ticketDifferences(_ member: Member) throws -> [String] {
        let here = try Self.tickets(member.admin, "/api/v1/support")
        let there = try Self.tickets(admin, "/api/v1/stations/\(member.number)/support")
        var differences: [String] = []
        for id in Set(here.keys).union(there.keys).sorted() {
            var copy = there[id]?.objectValue
            copy?.removeValue(forKey: "fleet_station_id")
            let central = copy.map { JSONValue.object($0) }
            if central != here[id] {
                differences.append(
                    "ticket \(id) of station \(member.number) is \(here[id]?.text ?? "not there"), and centrally "
                        + (central?.text ?? "not there"))
            } else if differences.isEmpty {
                differences += try threadDifferences(member, id)
            }
        }
        return differences
    }

    private func threadDifferences(_ member: Member, _ id: Int64) throws -> [String] {
        let here = try member.admin.get("/api/v1/support/\(id)/comments").json
        let there = try admin.get("/api/v1/stations/\(member.number)/support/\(id)/comments").json
        return here == there ? [] : ["comments of ticket \(id) are \(here.text) and \(there.text)"]
    }

    private static func tickets(_ client: HTTPClient, _ path: String) throws -> [Int64: JSONValue] {
        var tickets: [Int64: JSONValue] = [:]
        var target = "\(path)?limit=1000"
        while true {
            let answer = try client.get(target)
            guard answer.status == 200, let page = answer.json.arrayValue else {
                throw HarnessFault("\(target) answered \(answer.status): \(answer.excerpt)")
            }
            for ticket in page {
                guard let id = ticket["support_id"]?.integerValue else {
                    throw HarnessFault("a ticket without a number: \(ticket.text)")
                }
                tickets[id] = ticket
            }
            guard let link = answer["Link"], let end = link.firstIndex(of: ">") else { return tickets }
            target = String(link[link.index(after: link.startIndex)..<end])
        }
    }

    // MARK: Journals

    /// An event as the central server stored it.
    struct Arrival {
        let id: String
        let type: String
        let sequence: UInt64
        let previous: UInt64
    }

    /// The station's events in the order in which the central server stored them.
    func arrivals(from number: Int) throws -> [Arrival] {
        try Self.records(of: central).compactMap { record in
            guard record["type"] == "fleet.event", record["station"]?.integerValue == Int64(number),
                let event = record["event"]
            else { return nil }
            guard let id = event["id"]?.stringValue, let type = event["type"]?.stringValue,
                let sequence = event["sequence"]?.stringValue.flatMap({ UInt64($0) }),
                let previous = event["previous"]?.stringValue.flatMap({ UInt64($0) })
            else { throw HarnessFault("not an event: \(event.text)") }
            return Arrival(id: id, type: type, sequence: sequence, previous: previous)
        }
    }

    /// The sequences of a station's records that are to be shipped, with their types.
    static func shippable(_ station: StationProcess) throws -> [(sequence: UInt64, type: String)] {
        try records(of: station).compactMap { record in
            guard let type = record["type"]?.stringValue,
                let sequence = record["seq"]?.integerValue.flatMap({ UInt64(exactly: $0) })
            else {
                return nil
            }
            let isLocal = ["notifications.", "uplink.", "fleet."].contains { type.hasPrefix($0) }
            return isLocal ? nil : (sequence, type)
        }
    }

    func journalDifferences(_ member: Member) throws -> [String] {
        let owed = try Self.shippable(member.station)
        let arrived = try arrivals(from: member.number)
        var differences: [String] = []
        var previous: UInt64 = 0
        for arrival in arrived {
            if arrival.previous != previous {
                differences.append("event \(arrival.id) came after \(previous) instead of \(arrival.previous)")
            }
            previous = arrival.sequence
        }
        if arrived.map(\.sequence) != owed.map(\.sequence) {
            let missing = Set(owed.map(\.sequence)).subtracting(arrived.map(\.sequence)).sorted().prefix(10)
            differences.append(
                "station \(member.number) has \(owed.count) events and the central server \(arrived.count); missing: "
                    + "\(Array(missing))")
        }
        for (one, other) in zip(owed, arrived) where "support.\(one.type)" != other.type {
            differences.append("event \(other.id) is \(one.type) and arrived as \(other.type)")
        }
        return differences
    }

    /// The records of a data directory's journal, in order.
    private static func records(of station: StationProcess) throws -> [JSONValue] {
        let directory = "\(station.data)/journal"
        var records: [JSONValue] = []
        for name in WholeFile.names(in: directory).sorted() where name.hasSuffix(".log") {
            for line in try WholeFile.read("\(directory)/\(name)").split(separator: 0x0A) where line.count > 10 {
                // A line is eight digits, a sign and JSON. Space written ahead is zeros.
                guard line.first != 0 else { break }
                let value = try JSONParser.parse(Array(line.dropFirst(9)))
                if value["seq"] != nil { records.append(value) }
            }
        }
        return records
    }
}
