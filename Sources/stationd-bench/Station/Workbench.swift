import HTTP
import JSON

/// What all measurements of one call share: folders, processors, prepared data directories, the bare responder's shape.
final class Workbench {
    /// The path of the server to measure.
    let stationd: String
    let scratch: Scratch
    let processors: Processors
    let progress: Progress

    /// Prepared data directories by their number of technicians.
    private var prepared: [Int: String] = [:]
    private var learned: BareShape?

    /// Creates a workbench on which nothing is prepared yet.
    init(stationd: String, scratch: Scratch, processors: Processors, progress: Progress) {
        self.stationd = stationd
        self.scratch = scratch
        self.processors = processors
        self.progress = progress
    }

    // MARK: Stations

    /// Runs `body` with a fresh station that has one driver, one admin and the technicians. Its document files are up
    /// to date and nothing is under way. Afterwards the station is killed and its data removed.
    ///
    /// - Parameter technicians: the number of admins who can listen, 1 or more.
    func withStation<Result>(
        technicians: Int = 1, _ options: StationUnderTest.Options = .init(),
        _ body: (StationUnderTest) throws(BenchFault) -> Result
    ) throws(BenchFault) -> Result {
        let station = try StationUnderTest(
            self, data: try freshData(technicians: technicians), technicians: technicians, options)
        defer {
            station.kill()
            BenchFiles.remove(station.data)
        }
        try station.start()
        do throws(BenchFault) {
            return try body(station)
        } catch {
            guard let lastLines = station.lastLinesIfEnded else { throw error }
            throw BenchFault("\(error.message)\nThe station ended by itself:\n\(lastLines)", code: error.code)
        }
    }

    /// A copy of a prepared data directory.
    private func freshData(technicians: Int) throws(BenchFault) -> String {
        let data = scratch.fresh("station")
        try BenchFiles.copy(try preparedData(technicians: technicians), to: data)
        return data
    }

    /// The data directory to copy, which is prepared when it is first needed.
    private func preparedData(technicians: Int) throws(BenchFault) -> String {
        if let prepared = prepared[technicians] { return prepared }
        progress.step("preparing a station with \(technicians) technicians")
        let data = scratch.fresh("prepared")
        let station = try StationUnderTest(self, data: data, technicians: technicians)
        try station.start()
        try station.control("stations", ["name": "Harbour", "address": "1 Quay Street"])
        let control = try BlockingClient(.path("\(data)/control.sock"))
        for person in [People.driver, .admin] + (0..<technicians).map(People.technician) {
            try control.json(.post, "/control/v1/users", person.body)
        }
        // A stop brings only a few events into the document files itself.
        if technicians > 200 { try station.waitForCheckpoint() }
        try station.stop()
        prepared[technicians] = data
        return data
    }

    // MARK: The bare responder

    /// Runs `body` with a bare responder in place of a station.
    func withBare<Result>(_ body: (Target) throws(BenchFault) -> Result) throws(BenchFault) -> Result {
        let folder = scratch.fresh("bare")
        try shape().write(to: folder)
        let child = try BenchChild(
            "/proc/self/exe", ["bare", folder], processor: processors.server, output: "\(folder)/output",
            log: "\(folder)/log")
        defer {
            child.end()
            BenchFiles.remove(folder)
        }
        while true {
            let output = BenchFiles.text(child.outputPath)
            if output.hasSuffix("\n"), let port = UInt16(output.dropLast()) {
                // As long as a station's token, so that the requests are as long.
                let token = People.driver.token(secret: [UInt8](repeating: 0x61, count: 64))
                return try body(
                    Target(port: port, pid: child.pid, driverToken: token, technicianToken: { _ in token }))
            }
            guard !child.hasEnded() else { throw BenchFault("the bare responder does not start:\n\(child.lastLines)") }
            try Clock.pause(milliseconds: 1)
        }
    }

    /// The shape for the bare responder, learned from a station when it is first needed.
    func shape() throws(BenchFault) -> BareShape {
        if let learned { return learned }
        let shape = try withStation { (station) throws(BenchFault) in
            progress.step("learning the sizes of answers, records and notifications")
            let target = station.target
            let generator = try LoadGenerator(target)
            try generator.join(1)
            var load = Load()
            load.requestCount = 1
            _ = try generator.run(load)
            let request = TicketRequest(target, descriptionBytes: load.descriptionBytes)
            let created = try RawExchange.answer(port: station.port, request.bytes)
            let read = try RawExchange.answer(port: station.port, TicketRequest.reading(target))
            let record = Self.recordBytes(inJournalOf: station.data)
            return BareShape(
                created: created, read: read, notification: generator.samplePayload, recordBytes: record)
        }
        guard let shape, shape.recordBytes > 0 else {
            throw BenchFault("the station's answers do not have the expected form")
        }
        learned = shape
        return shape
    }

    /// Bytes of the first ticket's record with its line end; 0 if none is found.
    private static func recordBytes(inJournalOf data: String) -> Int {
        for name in BenchFiles.names(in: "\(data)/journal") {
            let bytes = BenchFiles.contents("\(data)/journal/\(name)")
            let marker = unsafe bytes.withUnsafeBytes { unsafe ByteScan.find(NotificationPlaces.marker, in: $0) }
            guard let marker, let start = bytes[..<marker].lastIndex(of: 0x0A),
                let end = bytes[marker...].firstIndex(of: 0x0A)
            else { continue }
            return end - start
        }
        return 0
    }
}
