import Testing

@testable import stationd_bench

@Suite struct CrowdLoadTests {
    @Test func `each load has a row of its own`() throws {
        for arguments in [["crowd"], ["all", "--quick"]] {
            let sizes = CrowdSizes(try BenchOptions(arguments))
            #expect(Set(CrowdLoad.allCases.map(sizes.title)).count == CrowdLoad.allCases.count)
        }
        #expect(CrowdSizes(try BenchOptions(["crowd", "--tickets", "240000"])).queriedTickets == 240_000)
    }

    @Test func `the help lists every load`() {
        for load in CrowdLoad.allCases { #expect(BenchHelp.usage.contains(load.rawValue)) }
    }
}
