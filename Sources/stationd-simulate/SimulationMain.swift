import Glibc
import Simulation

/// `stationd-simulate`: runs the whole appliance through seeded schedules of faults and says what breaks.
@main
enum SimulationMain {
    static let usage = """
        usage: stationd-simulate [--seed N] [--count N] [--minutes N] [--verbose]
               stationd-simulate --trial [--seed N]
               stationd-simulate --every-call [--seed N] [--count N]

          --seed N      the first seed (1)
          --count N     so many seeds, one after the other (100, or 1 where a seed is given and no minutes)
          --minutes N   goes on with further seeds for so long, whatever the count
          --verbose     tells all that happens in each run
          --trial       plants known bugs, one after the other, and counts the seeds until each is found
          --every-call  a day of a station, ended at each call that it makes on disk and network; one day
                        for each seed, and one seed where no count is given

        Ends with 0 where no promise was broken (or every planted bug was found), else with 1. Of a broken
        promise it prints the seed, the shortest schedule that breaks it, and what happens in that.
        """

    static func main() {
        do throws(SimulationUsageFault) {
            let options = try SimulationOptions(Array(CommandLine.arguments.dropFirst()))
            let isGood =
                switch options.task {
                case .hunt: HuntCommand(options: options).run()
                case .trial: TrialCommand(firstSeed: options.firstSeed).run()
                case .everyCall: EveryCallCommand(firstSeed: options.firstSeed, count: options.count).run()
                case .help: true
                }
            if options.task == .help { SimulationOutput.say(usage) }
            if !isGood { exit(1) }
        } catch {
            SimulationOutput.complain("stationd-simulate: \(error.message)\n\n\(usage)")
            exit(64)
        }
    }
}

/// Lines for people, written at once: who waits for a long hunt sees how it goes.
enum SimulationOutput {
    static func say(_ line: String) { write(line, to: STDOUT_FILENO) }

    static func complain(_ line: String) { write(line, to: STDERR_FILENO) }

    private static func write(_ line: String, to descriptor: Int32) {
        var rest = Array((line + "\n").utf8)[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { bytes in
                unsafe Glibc.write(descriptor, bytes.baseAddress, bytes.count)
            }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }
}
