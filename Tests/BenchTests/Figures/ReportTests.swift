import JSON
import Testing

@testable import stationd_bench

@Suite struct ReportTests {
    private static var report: Report {
        var report = Report()
        report.setting = [("processors", 2), ("directory", "/var/tmp")]
        report.sections.append(Report.Section(part: .http))
        report.add(Figure(work: "create", unit: "/s", station: 2400, limit: 3000, aim: .ratioAtLeast(0.8)))
        report.add(Figure(work: "latency", unit: "ms", station: 2.6, limit: 2, aim: .ratioAtMost(1.25)))
        report.add(Figure(work: "memory", unit: "KiB", station: 0.5, aim: .atMost(1)))
        report.note("as it is")
        report.sections.append(Report.Section(part: .idle, fault: "no room"))
        report.doubled = 3
        return report
    }

    @Test func `a figure is judged by its aim`() {
        #expect(Self.report.sections[0].figures.map(\.isMet) == [true, false, true])
        #expect(Self.report.sections[0].figures.map(\.ratio) == [0.8, 1.3, nil])
        #expect(Figure(work: "", unit: "", station: 1, limit: 0, aim: .ratioAtMost(2)).isMet == nil)
    }

    @Test func `the table has a line for each figure`() {
        let lines = Self.report.text.split(separator: "\n").map { $0.split(separator: " ").joined(separator: " ") }
        #expect(lines.contains("create 2,400 3,000 /s 0.80 ≥ 0.8 × yes"))
        #expect(lines.contains("latency 2.60 2.00 ms 1.30 ≤ 1.3 × no"))
        #expect(lines.contains("memory 0.500 - KiB - ≤ 1 yes"))
        #expect(lines.contains("as it is"))
        #expect(lines.contains("This part ended early: no room"))
        #expect(lines.last == "notifications lost: 0, doubled: 3")
        #expect(lines.first == "processors: 2")
    }

    @Test func `a station above the limit is noted`() {
        var report = Report()
        report.sections.append(Report.Section(part: .http))
        for station in [2900.0, 3200, 3400] {
            report.add(Figure(work: "\(station)", unit: "/s", station: station, limit: 3000, aim: .ratioAtLeast(0.8)))
        }
        report.add(Figure(work: "latency", unit: "ms", station: 9, limit: 3, aim: .ratioAtMost(2)))
        report.noteDisturbedLimits()
        #expect(report.sections[0].notes.count == 1)
        #expect(report.sections[0].notes.first?.hasPrefix("3400.0: the limit was disturbed") == true)
    }

    @Test func `the JSON object has the same content`() throws {
        let json = try JSONParser.parse(Array(Self.report.json.text.utf8))
        #expect(json["doubled"] == 3)
        #expect(json["setting"]?["processors"] == 2)
        let figures = try #require(json["parts"]?["http"]?["figures"]?.arrayValue)
        #expect(figures.count == 3)
        #expect(figures[0]["met"] == true)
        #expect(figures[0]["aim"]?["ratio_at_least"]?.doubleValue == 0.8)
        #expect(figures[2]["limit"] == .null)
        #expect(json["parts"]?["idle"]?["fault"] == "no room")
    }

    @Test(arguments: [
        (0, "0"), (0.0634, "0.063"), (4.213, "4.21"), (95.34, "95.3"), (136_000.4, "136,000"), (-1234.5, "-1,235"),
        (1_234_567, "1,234,567"), (.infinity, "-"),
    ])
    func `numbers are easy to read`(value: Double, text: String) {
        #expect(Decimals.text(value) == text)
    }

    @Test func `the median is the middle`() {
        #expect(Rounds.median([]) == 0)
        #expect(Rounds.median([3, 1, 2]) == 2)
        #expect(Rounds.median([4, 1, 2, 3]) == 2.5)
    }
}
