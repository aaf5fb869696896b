import Foundation
import JSON
import Testing

extension EndToEnd {
    /// Writes that the kernel cuts short, because a limit or the end of the space lies within them. strace cannot do
    /// that truthfully: it can only claim it.
    @Suite struct ShortWrites {
        private static let limits = FaultStage.limits

        /// The limit on the size of files (setrlimit(2), RLIMIT_FSIZE) in blocks of 512 bytes, as dash counts them.
        @Test(arguments: [0, 1, 2, 16, 511, 512, 513])
        func `a file size limit is reported and loses nothing`(blocks: Int) throws {
            let station = try StationProcess(.init(limits: Self.limits))
            defer { station.remove() }
            // The station's log has the same limit.
            station.options.preparation = "ulimit -f \(blocks)"
            try station.launch()
            var errands = FaultErrands(name: "one")
            let child = try #require(station.child)
            errands.isRunning = { child.poll() == nil }
            let deadline = Deadline(seconds: 10)
            while child.poll() == nil, !station.log.contains("Listening on"), !deadline.isOver { usleep(1000) }
            if child.poll() == nil, station.log.contains("Listening on") {
                try station.waitUntilListening()
                errands.run(port: station.port, tokens: DemoTokens(of: station), isShort: false) {}
            }
            let exit = station.stop()
            switch exit {
            case .code(0): break
            // If not one byte may be written, the station cannot say why.
            case .code: #expect(blocks == 0 || station.log.contains("stationd: "), "\(station.log)")
            default: Issue.record("\(blocks) blocks: ended with \(exit as Any): \(station.log)")
            }
            try Self.startAnew(station, &errands, "\(blocks) blocks")
        }

        /// The file system has `pages` free pages when the errands begin.
        @Test(
            .enabled(if: SmallFileSystem.isAvailable, "mounting a small tmpfs needs root"),
            arguments: [0, 1, 2, 5, 13, 34, 64, 65, 66, 80])
        func `a file system that runs out of pages loses nothing`(pages: Int) throws {
            let disk = try SmallFileSystem(bytes: 8 << 20)
            defer { withExtendedLifetime(disk) {} }
            var options = StationProcess.Options(limits: Self.limits)
            options.data = "\(disk.path)/data"
            let station = try StationProcess(options)
            defer { station.remove() }
            try station.start()
            try disk.fill(leaving: pages * 4096)
            var errands = FaultErrands(name: "one")
            let child = try #require(station.child)
            errands.isRunning = { child.poll() == nil }
            errands.run(port: station.port, tokens: DemoTokens(of: station), isShort: false) {}
            let exit = station.stop()
            #expect(exit == .code(0), "\(pages) pages: \(station.log)")
            disk.empty()
            try Self.startAnew(station, &errands, "\(pages) pages")
        }

        private static func startAnew(
            _ station: StationProcess, _ errands: inout FaultErrands, _ what: String
        ) throws {
            let early = errands.told
            errands.isRunning = { true }
            station.options.preparation = nil
            try station.start()
            let tokens = try #require(DemoTokens(of: station))
            errands.verifyToldBefore(early, port: station.port, tokens: tokens)
            errands.verify(port: station.port, tokens: tokens)
            #expect(station.stop() == .code(0))
            let check = try CommandResult.stationd("check", station.data)
            #expect(check.exit == .code(0), "\(what): \(check.all)")
            #expect(errands.faults.isEmpty, "\(what): \(errands.faults.joined(separator: "\n"))")
        }
    }
}
