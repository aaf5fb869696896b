import Bytes
import Testing

@testable import Store

@Suite struct JournalLineTests {
    private func encoded(_ records: [String]) -> [UInt8] {
        var batch = JournalBatch()
        for record in records { batch.append(record: Array(record.utf8)) }
        return batch.bytes
    }

    @Test func `a record is one readable line`() {
        let json = #"{"seq":1,"a":2}"#
        var crc: [UInt8] = []
        crc.append(hex: CRC32C.checksum(Array(" \(json)".utf8)))
        #expect(String(decoding: encoded([json]), as: UTF8.self) == String(decoding: crc, as: UTF8.self) + " \(json)\n")
    }

    @Test func `the check value is CRC-32C`() {
        // CRC-32C of " {"seq":1,"a":2}", computed bit by bit.
        var crc: UInt32 = ~0
        for byte in Array(#" {"seq":1,"a":2}"#.utf8) {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0x82F6_3B78 : crc >> 1 }
        }
        var digits: [UInt8] = []
        digits.append(hex: ~crc)
        #expect(Array(encoded([#"{"seq":1,"a":2}"#]).prefix(8)) == digits)
    }

    @Test func `records after the first of a call are marked`() {
        let bytes = encoded([#"{"seq":1,}"#, #"{"seq":2,}"#, #"{"seq":3,}"#])
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        #expect(lines.map { $0.dropFirst(8).first } == [" ", "+", "+"])
    }

    @Test func `lines are found where they begin`() {
        let bytes = encoded([#"{"seq":12,"a":1}"#, #"{"seq":13,"b":[]}"#])
        guard case .line(let first) = JournalLine.parse(bytes.span, at: 0),
            case .line(let second) = JournalLine.parse(bytes.span, at: first.range.upperBound)
        else {
            Issue.record("not found")
            return
        }
        #expect(first.content == .record(sequence: 12))
        #expect(!first.continuesWrite)
        #expect(Array(bytes[first.json]) == Array(#"{"seq":12,"a":1}"#.utf8))
        #expect(second.content == .record(sequence: 13))
        #expect(second.continuesWrite)
        #expect(second.range.upperBound == bytes.count)
    }

    @Test func `every shorter piece is incomplete, and every changed bit makes a line invalid`() {
        let bytes = encoded([#"{"seq":12,"a":1}"#])
        for count in 1..<bytes.count {
            #expect(JournalLine.parse(bytes.span.extracting(..<count), at: 0) == .incomplete, "\(count)")
        }
        for index in bytes.indices {
            for bit in 0..<8 {
                var changed = bytes
                changed[index] ^= 1 << bit
                if case .line = JournalLine.parse(changed.span, at: 0) { Issue.record("byte \(index), bit \(bit)") }
            }
        }
    }

    @Test(arguments: [
        #"{"seq":0,"a":1}"#, #"{"seq":01,"a":1}"#, #"{"seq":-1,"a":1}"#, #"{"seq":1}"#, #"{"seq":,"a":1}"#,
        #"{"seq":9223372036854775808,"a":1}"#, #"{"seq":99999999999999999999,"a":1}"#, #"{"a":1}"#, #"{"seq""#,
    ])
    func `records without a valid sequence are invalid`(json: String) {
        #expect(JournalLine.parse(encoded([json]).span, at: 0) == .invalid)
    }

    @Test func `spaces up to LF are a blank line`() {
        let bytes = Array("    \n".utf8)
        let blank = JournalLine(content: .blank, range: 0..<5, continuesWrite: false)
        #expect(JournalLine.parse(bytes.span, at: 0) == .line(blank))
        #expect(JournalLine.parse(Array("   x\n".utf8).span, at: 0) == .invalid)
        #expect(JournalLine.parse(Array("    ".utf8).span, at: 0) == .incomplete)
    }

    @Test func `resynchronizing finds the next place for a line`() {
        #expect(JournalLine.resynchronize(Array("ab\ncd".utf8).span, after: 0) == 3)
        #expect(JournalLine.resynchronize(Array("ab\0\0cd".utf8).span, after: 0) == 4)
        #expect(JournalLine.resynchronize(Array("\0\0cd".utf8).span, after: 0) == 2)
        #expect(JournalLine.resynchronize(Array("ab\n\0\0".utf8).span, after: 0) == nil)
        #expect(JournalLine.resynchronize(Array("abcd".utf8).span, after: 0) == nil)
    }

    @Test func `headers say whose journal it is`() {
        let header = JournalHeader(epoch: "a-b_9", first: 42)
        #expect(String(decoding: header.json, as: UTF8.self) == #"{"journal":1,"epoch":"a-b_9","first":42}"#)
        #expect(JournalHeader(json: header.json) == header)
        #expect(JournalHeader(json: Array(#"{"journal":2,"epoch":"e","first":1}"#.utf8)) == nil)
        var batch = JournalBatch()
        batch.append(header: header, lineCount: 100)
        #expect(batch.bytes.count == 100)
        guard case .line(let line) = JournalLine.parse(batch.bytes.span, at: 0) else {
            Issue.record("no line")
            return
        }
        #expect(line.content == .header)
        #expect(JournalHeader(json: Array(batch.bytes[line.json])) == header)
    }
}
