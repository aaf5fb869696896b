import Glibc
import Simulation

/// `stationd-simulate`: runs the whole appliance through seeded schedules of faults and reports broken promises.
@main
enum SimulationMain {
    static let usage = """
        usage: stationd-simulate [--seed N] [--count N] [--minutes N] [--verbose]
               stationd-simulate --trial [--seed N]
               stationd-simulate --every-call [--seed N] [--count N]

        Runs stations and their clients in a simulated world, one run per seed, with faults of all kinds, and checks
        that no promise is broken.

          --seed N      the first seed (default: 1)
          --count N     the number of seeds (default: 100, or 1 if --seed is given without --minutes)
          --minutes N   run seeds for this long instead of a fixed number
          --verbose     print everything that happens in each run
          --trial       plant known bugs, one after the other, and count the seeds until each is found
          --every-call  cut a station's first start and a day of its life short at each call on disk and
                        network; one day for each seed (default: 1)

        The exit status is 0 if no promise was broken and every planted bug was found, 1 otherwise, and 64 for a
        wrong command line. For each broken promise the seed, the shortest schedule found that breaks it, and what
        happens in it are printed.
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

/// Lines for people, written without a buffer so that a long hunt shows its progress.
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
