import Simulation

@main
enum Main {
    static func main() {
        let run = Run(Plan(seed: 1), keepsLines: true)
        let outcome = run.run()
        for line in outcome.lines { print(line) }
        print(outcome.hash, outcome.failure.map { "\($0)" } ?? "good")
    }
}
