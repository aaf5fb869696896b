import Glibc
import Simulation

/// `stationd-simulate`: runs the whole appliance through seeded schedules of faults and says what breaks.
@main
enum Main {
    static let usage = """
        usage: stationd-simulate [--seed N] [--count N] [--minutes N] [--verbose]

          --seed N      the first seed (1)
          --count N     so many seeds, one after the other (100, or 1 where a seed is given and no minutes)
          --minutes N   goes on with further seeds for so long, whatever the count
          --verbose     tells all that happens in each run

        Ends with 0 where no promise was broken, with 1 where one was: then its seed, the shortest
        schedule that breaks it, and what happens in that.
        """

    static func main() {
        do throws(UsageFault) {
            let options = try Options(Array(CommandLine.arguments.dropFirst()))
            if options.wantsHelp { return Output.say(usage) }
            if !HuntCommand(options: options).run() { exit(1) }
        } catch {
            Output.complain("stationd-simulate: \(error.message)\n\n\(usage)")
            exit(64)
        }
    }
}
