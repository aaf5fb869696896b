import Bytes

@testable import DNS

/// Writes responses for tests, well-formed or not.
struct MessageWriter {
    private(set) var bytes: [UInt8]

    /// Starts an answer to `query` with the header and the question, by default those of a recursive server.
    init(
        to query: DNSQuery, flags: UInt16 = 0x8180, questions: UInt16 = 1, answers: UInt16 = 0, authorities: UInt16 = 0,
        additionals: UInt16 = 0
    ) {
        bytes = []
        for number in [query.id, flags, questions, answers, authorities, additionals] { append(number) }
        if questions > 0 {
            bytes += query.name.wire
            append(query.type.rawValue)
            append(1 as UInt16)
        }
    }

    /// A response with an address record for each address, owned by the question's name through a pointer.
    static func answer(to query: DNSQuery, _ addresses: String..., life: UInt32 = 300) -> [UInt8] {
        var writer = MessageWriter(to: query, answers: UInt16(addresses.count))
        for text in addresses { writer.append(address: text, life: life) }
        return writer.bytes
    }

    /// A response with a code and no records.
    static func answer(to query: DNSQuery, code: UInt16) -> [UInt8] {
        MessageWriter(to: query, flags: 0x8180 | code).bytes
    }

    /// A pointer to the question's name.
    static let question: [UInt8] = [0xC0, 12]

    mutating func append(_ number: UInt16) {
        bytes += [UInt8(number >> 8), UInt8(number & 0xFF)]
    }

    mutating func append(
        owner: [UInt8] = question, type: UInt16, itsClass: UInt16 = 1, life: UInt32 = 300, _ content: [UInt8],
        length: Int? = nil
    ) {
        bytes += owner
        append(type)
        append(itsClass)
        append(UInt16(life >> 16))
        append(UInt16(life & 0xFFFF))
        append(UInt16(length ?? content.count))
        bytes += content
    }

    mutating func append(owner: [UInt8] = question, address text: String, life: UInt32 = 300) {
        let content = IPAddress(text: text)?.bytes ?? []
        append(owner: owner, type: content.count == 4 ? 1 : 28, life: life, content)
    }

    mutating func append(owner: [UInt8] = question, alias target: [UInt8], life: UInt32 = 300) {
        append(owner: owner, type: 5, life: life, target)
    }

    mutating func append(garbage: [UInt8]) { bytes += garbage }
}
