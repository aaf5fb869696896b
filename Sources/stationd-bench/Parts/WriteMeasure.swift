import Glibc

/// The bytes written per ticket: journal, document files and segments written ahead, by the station and its children.
/// Log lines are not counted, because the station does not decide where they are stored.
struct WriteMeasure {
    /// The default of `limits.segment_bytes`. Filing the records of one whole segment has one segment written ahead.
    static let segmentBytes = 4_194_304

    let ticketCount: Int

    /// Files the tickets and waits until the documents have them.
    func run(_ workbench: Workbench, _ report: inout Report) throws(BenchFault) {
        workbench.progress.step("http: bytes written for \(ticketCount) tickets")
        try workbench.withStation { (station) throws(BenchFault) in
            var count = WriteCount(of: station.pid)
            let logBefore = station.logBytes
            let generator = try LoadGenerator(station.target)
            generator.look = { _ in count.look() }
            var load = Load()
            load.connections = 16
            load.requestCount = ticketCount
            let created = try generator.run(load).created
            generator.look = nil
            var nextQuestion = Clock.nanoseconds()
            while true {
                count.look()
                usleep(1000)
                guard Clock.nanoseconds() >= nextQuestion else { continue }
                nextQuestion = Clock.nanoseconds() + 100_000_000
                if try station.checkpointLag() <= 0 { break }
                try Interruption.check()
            }
            count.look()
            let file = Double(BenchFiles.contents("\(station.data)/tickets/\(created / 2 + 1).json").count)
            func perTicket(_ bytes: Int) -> Double { Double(bytes) / Double(max(1, created)) }
            var (own, children) = (count.own, count.ofChildren)
            let logged = station.logBytes - logBefore
            own.given -= logged
            own.stored -= logged
            report.add(
                Figure(
                    work: "bytes written per ticket, against its file's JSON", unit: "B",
                    station: perTicket(own.given + children.given), limit: file, aim: .ratioAtMost(3)))
            report.add(
                Figure(
                    work: "bytes to the disk per ticket (whole pages), likewise", unit: "B",
                    station: perTicket(own.stored + children.stored), limit: file))
            report.note(
                "the kernel counts bytes to the disk: a whole folio of up to some MiB each time it is dirtied"
            )
            report.note(
                "of the bytes written per ticket, \(Decimals.text(perTicket(own.given))) are the station's own and "
                    + "\(Decimals.text(perTicket(children.given))) its children's")
        }
    }
}
