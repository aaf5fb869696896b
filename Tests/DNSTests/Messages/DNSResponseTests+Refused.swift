import Testing

@testable import DNS

/// Foreign datagrams and malformed answers.
extension DNSResponseTests {
    private func fault(_ bytes: [UInt8], _ query: DNSQuery) -> DNSMessageFault? {
        do throws(DNSMessageFault) {
            _ = try DNSResponse(bytes, to: query)
            return nil
        } catch {
            return error
        }
    }

    @Test func `datagrams that answer something else are foreign`() throws {
        let query = try Self.query()
        let answer = MessageWriter.answer(to: query, "192.0.2.1")
        func changed(_ changes: (inout [UInt8]) -> Void) -> [UInt8] {
            var bytes = answer
            changes(&bytes)
            return bytes
        }
        let table: [(bytes: [UInt8], words: String)] = [
            ([], "it is shorter than a header"), (Array(answer[..<11]), "it is shorter than a header"),
            (changed { $0[0] ^= 1 }, "it has another id"), (changed { $0[1] ^= 0x80 }, "it has another id"),
            (changed { $0[2] &= 0x7F }, "it is not a response"), (query.bytes, "it is not a response"),
            (changed { $0[2] |= 0x08 }, "it has another opcode"), (changed { $0[2] |= 0x78 }, "it has another opcode"),
            (changed { $0[5] = 0 }, "it has another question"), (changed { $0[5] = 2 }, "it has another question"),
            (changed { $0[4] = 1 }, "it has another question"), (changed { $0[13] ^= 1 }, "it has another question"),
            (changed { $0[12] = 2 }, "it has another question"), (changed { $0[30] = 28 }, "it has another question"),
            (changed { $0[32] = 3 }, "it has another question"), (changed { $0[12] = 0xC0 }, "it has another question"),
            (Array(answer[..<32]), "it has another question"),
            (MessageWriter(to: query, questions: 0).bytes, "it has another question"),
            (MessageWriter(to: query, flags: 0x8183, questions: 0).bytes, "it has another question"),
            (answer + [UInt8](repeating: 0, count: DNSMessage.bytesMax), "it is too long"),
        ]
        for (bytes, words) in table { #expect(fault(bytes, query) == .foreign(words)) }
    }

    @Test func `malformed answers are refused`() throws {
        let query = try Self.query()
        func message(
            answers: UInt16 = 0, authorities: UInt16 = 0, additionals: UInt16 = 0,
            _ write: (inout MessageWriter) -> Void
        ) -> [UInt8] {
            var writer = MessageWriter(to: query, answers: answers, authorities: authorities, additionals: additionals)
            write(&writer)
            return writer.bytes
        }
        /// An answer with one record.
        func record(_ type: UInt16, _ content: [UInt8], length: Int? = nil, owner: [UInt8]? = nil) -> [UInt8] {
            message(answers: 1) {
                $0.append(owner: owner ?? MessageWriter.question, type: type, content, length: length)
            }
        }
        let opt: (inout MessageWriter) -> Void = { $0.append(owner: [0], type: 41, itsClass: 512, life: 0, []) }
        let (length, noEnd) = ("the length of an address record is wrong", "a name breaks off")
        let pointer = "a compressed name does not point back"
        let table: [(bytes: [UInt8], words: String)] = [
            (message { $0.append(garbage: [0]) }, "more follows its last record"),
            (message { $0.append(address: "192.0.2.1") }, "more follows its last record"),
            (message(answers: 1) { _ in }, noEnd), (message(authorities: 1) { _ in }, noEnd),
            (message(additionals: 1) { _ in }, noEnd),
            (message(answers: 0xFFFF) { $0.append(address: "192.0.2.1") }, noEnd),
            (record(1, [1, 2, 3]), length), (record(1, [1, 2, 3, 4, 5]), length), (record(28, [1, 2, 3, 4]), length),
            (record(1, []), length), (record(1, [1, 2, 3, 4], length: 3), length),
            (record(1, [1, 2, 3], length: 4), "it breaks off"),
            (record(99, [1, 2, 3], length: 0xFFFF), "it breaks off"),
            (record(5, [1, 0x61, 0], length: 2), "the length of a CNAME record is wrong"),
            (record(5, [1, 0x61, 0, 0]), "the length of a CNAME record is wrong"), (record(5, []), noEnd),
            (record(5, [0xC0, 45]), pointer), (record(1, [1, 2, 3, 4], owner: [0xC0, 33]), pointer),
            (record(1, [1, 2, 3, 4], owner: [0xC0, 0]), pointer),
            (record(1, [1, 2, 3, 4], owner: [0x40]), "a name has a label of an unknown type"),
            (message(authorities: 1) { $0.append(owner: [0xC0, 33], type: 2, []) }, pointer),
            (message(additionals: 1) { $0.append(type: 41, []) }, "the OPT record has a name"),
            (
                message(additionals: 2) { writer in
                    opt(&writer)
                    opt(&writer)
                }, "it has more than one OPT record"
            ),
        ]
        for (bytes, words) in table { #expect(fault(bytes, query) == .malformed(words)) }
    }
}
