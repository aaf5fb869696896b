import CLibFuzzer
import Fuzzing
import Glibc

/// The fuzzer of one machine: `fuzz --machine=NAME [libFuzzer's options] [directories of inputs]`.
///
/// `Tests/Fuzzing/fuzz.sh` also uses `--list`, `--dictionary=NAME`, and `--seeds=NAME DIRECTORY`, which writes the
/// seeds of a machine.
@main enum FuzzMain {
    /// The machine to be fuzzed, set before the fuzzer runs.
    nonisolated(unsafe) static var machine: FuzzMachine?

    static func main() {
        let arguments = CommandLine.arguments.dropFirst()
        guard let first = arguments.first else { usage() }
        let parts = first.split(separator: "=", maxSplits: 1)
        machine = FuzzMachine.all.first { parts.count == 2 && $0.name == parts[1] }
        switch (parts.first, machine) {
        case ("--list", _): for machine in FuzzMachine.all { print(machine.name, machine.bytesMax) }
        case ("--dictionary", let machine?): print(machine.dictionary, terminator: "")
        case ("--seeds", let machine?) where arguments.count == 2: write(machine.seeds(), to: arguments.last ?? ".")
        case ("--machine", _?): fuzz()
        default: usage()
        }
    }

    private static func usage() -> Never {
        print("usage: fuzz --list | --dictionary=NAME | --seeds=NAME DIRECTORY | --machine=NAME [OPTION]...")
        exit(64)
    }

    private static func write(_ seeds: [[UInt8]], to directory: String) {
        for (index, seed) in seeds.enumerated() {
            guard let file = fopen("\(directory)/seed-\(index)", "w") else { continue }
            fwrite(seed, 1, seed.count, file)
            fclose(file)
        }
    }

    private static func fuzz() {
        var count = CommandLine.argc
        var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
        exit(LLVMFuzzerRunDriver(&count, &arguments, testOneInput))
    }
}

/// Runs the machine on one input. libFuzzer, whose own `main` is linked beside ours, looks for it under this name.
@c(LLVMFuzzerTestOneInput)
func testOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    FuzzMain.machine?.body(Array(UnsafeBufferPointer(start: bytes, count: count)))
    return 0
}
