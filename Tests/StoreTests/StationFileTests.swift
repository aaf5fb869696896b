import Testing

@testable import Store

@Suite struct StationFileTests {
    @Test func `a station file reads what it wrote`() throws {
        let file = StationFile(stationID: 12, epoch: "k3-_Z")
        #expect(try StationFile(bytes: file.encoded) == file)
    }

    @Test func `unknown members are ignored`() throws {
        let text = #"{"format":1,"station_id":12,"epoch":"a","more":[1]}"#
        #expect(try StationFile(bytes: Array(text.utf8)) == StationFile(stationID: 12, epoch: "a"))
    }

    @Test(arguments: ["", "x", "{}", #"{"format":"1"}"#, #"{"format":1,"station_id":1}"#, #"{"format":1,"epoch":"a"}"#])
    func `damage reads as nil`(text: String) throws {
        #expect(try StationFile(bytes: Array(text.utf8)) == nil)
    }

    @Test(arguments: [0, 2, -1, 100])
    func `other formats are refused, whatever else the file says`(format: Int64) {
        #expect(throws: StoreError.unknownFormat(format)) {
            try StationFile(bytes: Array("{\"format\":\(format)}".utf8))
        }
    }

    @Test func `epochs are short and plain`() {
        for epoch in ["a", "0-_Zz", String(repeating: "a", count: 64)] { #expect(StationFile.isValid(epoch: epoch)) }
        for epoch in ["", "a b", "ä", "a/b", "a\n", String(repeating: "a", count: 65)] {
            #expect(!StationFile.isValid(epoch: epoch))
        }
    }

    @Test func `the names of segments are strict`() {
        #expect(StorePath.segment(first: 42) == "journal/00000000000000000042.log")
        #expect(StorePath.firstSequence(ofSegmentNamed: "00000000000000000042.log") == 42)
        for name in [
            "42.log", "0000000000000000042.log", "000000000000000000042.log", "0000000000000000004x.log",
            "00000000000000000042.txt", "99999999999999999999.log", "18446744073709551615.log", "next", "",
        ] {
            #expect(StorePath.firstSequence(ofSegmentNamed: name) == nil, "\(name)")
        }
    }
}
