import Glibc

/// What a ticket costs in bytes written: journal, document files and segments written ahead, by the station and its
/// children. The lines of its log are not counted, since where they go is not the station's affair.
struct WriteMeasure {
    /// `limits.segment_bytes` as it ships. So many records fill one segment, and one is written ahead for them.
    static let segmentBytes = 4_194_304

    let ticketCount: Int

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
                    work: "bytes written per ticket, beside its file's JSON", unit: "B",
                    station: perTicket(own.given + children.given), limit: file, aim: .ratioAtMost(3)))
            report.add(
                Figure(
                    work: "bytes to the disk per ticket (whole pages), the same", unit: "B",
                    station: perTicket(own.stored + children.stored), limit: file))
            report.note(
                "bytes to the disk are what the kernel counts: a whole folio, of up to some MiB, whenever it is dirtied"
            )
            report.note(
                "of the bytes written per ticket \(Decimals.text(perTicket(own.given))) are the station's own, "
                    + "\(Decimals.text(perTicket(children.given))) its children's")
        }
    }
}
