import Testing

@testable import stationd_bench

@Suite struct ProcessorsTests {
    @Test(arguments: [("0\n", [0]), ("0-2,5\n", [0, 1, 2, 5]), ("", []), ("3-1", []), ("x", [])])
    func `the kernel's lists are parsed`(text: String, numbers: [Int]) {
        #expect(Processors.list(text) == numbers)
    }
}
