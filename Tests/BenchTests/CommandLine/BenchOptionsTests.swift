import Testing

@testable import stationd_bench

@Suite struct BenchOptionsTests {
    @Test func `each command accepts its own options`() throws {
        let http = try BenchOptions([
            "http", "--connections", "1,16,64", "--work", "mix", "--rate", "500", "--seconds", "3",
        ])
        #expect(http.parts == [.http])
        #expect(http.connections == [1, 16, 64])
        #expect(http.work == .mix)
        #expect(http.rate == 500)
        #expect(http.seconds == 3)
        let fanout = try BenchOptions(["fanout", "--listeners", "200", "--rate", "20,50", "--json", "--no-pin"])
        #expect(fanout.listeners == 200)
        #expect(fanout.rates == [20, 50])
        #expect(fanout.isJSON && !fanout.isPinning)
        #expect(try BenchOptions(["fanout", "--posters", "4"]).posters == [4])
        #expect(try BenchOptions(["idle", "--connections", "7"]).count == 7)
        #expect(try BenchOptions(["replay", "--events", "7"]).count == 7)
        #expect(try BenchOptions(["recover", "--tickets", "7"]).count == 7)
        #expect(try BenchOptions(["uplink", "--events", "7"]).count == 7)
        let disk = try BenchOptions(["disk", "--delay", "5,50", "--seconds", "2"])
        #expect(disk.delays == [5, 50])
        #expect(disk.seconds == 2)
        let crowd = try BenchOptions(["crowd", "--load", "query,logins", "--tickets", "7", "--seconds", "2"])
        #expect(crowd.loads == [.query, .logins])
        #expect(crowd.count == 7)
        let all = try BenchOptions(["all", "--quick", "--directory", "/data", "--stationd", "/bin/stationd"])
        #expect(all.parts == BenchOptions.Part.allCases)
        #expect(all.isQuick && all.directory == "/data" && all.stationd == "/bin/stationd")
        #expect(try BenchOptions(["--help"]).isHelp)
        #expect(try BenchOptions(["idle", "--help"]).isHelp)
    }

    @Test(arguments: [
        [], ["nothing"], ["http", "--connections"], ["http", "--connections", "0"], ["http", "--connections", "1,,2"],
        ["http", "--connections", "many"], ["http", "--work", "delete"], ["http", "--listeners", "3"],
        ["http", "--seconds", "1,2"], ["fanout", "--rate", "20", "--posters", "4"], ["replay", "--events", "10001"],
        ["idle", "--quick"], ["all", "--events", "3"], ["all", "--directory"], ["recover", "--tickets", "-1"],
        ["disk", "--delay", "0"], ["crowd", "--load", "storm"], ["crowd", "--load", "query,"],
    ])
    func `a wrong command line is refused with code 64`(arguments: [String]) {
        let fault = #expect(throws: BenchFault.self) { try BenchOptions(arguments) }
        #expect(fault?.code == 64)
        #expect(fault?.message.isEmpty == false)
    }

    @Test func `the help lists every command`() {
        for part in BenchOptions.Part.allCases { #expect(BenchHelp.usage.contains("  \(part.rawValue) ")) }
    }
}
