import Bytes
import Testing

@testable import DNS

@Suite struct DNSResponseTests {
    static func query(_ type: DNSAddressType = .ipv4, hasOPT: Bool = true) throws -> DNSQuery {
        DNSQuery(id: 0x1234, name: try DNSName("www.example.com"), type: type, hasOPT: hasOPT)
    }

    private static func addresses(_ texts: String..., seconds: Int) -> DNSResponse {
        .addresses(texts.compactMap { IPAddress(text: $0) }, timeToLiveSeconds: seconds)
    }

    private let alias1: [UInt8] = [1, 0x61, 0]
    private let alias2: [UInt8] = [1, 0x62, 0]

    // MARK: - Addresses

    /// A recursive server on a LAN sends this: an alias, two addresses and an OPT record with a cookie.
    @Test func `a complete answer is read`() throws {
        let bytes: [UInt8] = [
            0x12, 0x34, 0x81, 0x80, 0, 1, 0, 3, 0, 0, 0, 1,
            3, 0x77, 0x77, 0x77, 7, 0x65, 0x78, 0x61, 0x6D, 0x70, 0x6C, 0x65, 3, 0x63, 0x6F, 0x6D, 0, 0, 1, 0, 1,
            0xC0, 0x0C, 0, 5, 0, 1, 0, 0, 0x0E, 0x10, 0, 9, 6, 0x6F, 0x72, 0x69, 0x67, 0x69, 0x6E, 0xC0, 0x10,
            0xC0, 0x2D, 0, 1, 0, 1, 0, 0, 0, 0x3C, 0, 4, 192, 0, 2, 1,
            0xC0, 0x2D, 0, 1, 0, 1, 0, 0, 0, 0x78, 0, 4, 192, 0, 2, 2,
            0, 0, 41, 0x10, 0, 0, 0, 0, 0, 0, 12, 0, 10, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8,
        ]
        #expect(try DNSResponse(bytes, to: Self.query()) == Self.addresses("192.0.2.1", "192.0.2.2", seconds: 60))
    }

    @Test func `only addresses of the requested family count`() throws {
        let query = try Self.query(.ipv6)
        #expect(
            try DNSResponse(MessageWriter.answer(to: query, "192.0.2.1", "2001:db8::1"), to: query)
                == Self.addresses("2001:db8::1", seconds: 300))
        #expect(try DNSResponse(MessageWriter.answer(to: query, "192.0.2.1"), to: query) == .noAddress)
    }

    @Test func `addresses that nobody can connect to do not count`() throws {
        let query = try Self.query()
        #expect(try DNSResponse(MessageWriter.answer(to: query, "0.0.0.0", "224.0.0.1"), to: query) == .noAddress)
    }

    @Test func `the case of the question does not count`() throws {
        let query = try Self.query()
        var bytes = MessageWriter.answer(to: query, "192.0.2.1")
        bytes[13] = 0x57
        #expect(try DNSResponse(bytes, to: query) == Self.addresses("192.0.2.1", seconds: 300))
    }

    @Test func `records of other owners, classes and types are skipped`() throws {
        let query = try Self.query()
        var writer = MessageWriter(to: query, answers: 4)
        writer.append(owner: alias1, address: "192.0.2.66")
        writer.append(type: 1, itsClass: 3, [192, 0, 2, 67])
        writer.append(type: 46, [1, 2, 3])
        writer.append(address: "192.0.2.1")
        #expect(try DNSResponse(writer.bytes, to: query) == Self.addresses("192.0.2.1", seconds: 300))
    }

    // MARK: - Times to live

    @Test(arguments: [
        (0, 0), (1, 1), (604_800, 604_800), (604_801, 604_800), (0x7FFF_FFFF, 604_800), (0x8000_0000, 0),
        (0xFFFF_FFFF, 0),
    ]) func `times to live are capped`(life: UInt32, seconds: Int) throws {
        let query = try Self.query()
        #expect(
            try DNSResponse(MessageWriter.answer(to: query, "192.0.2.1", life: life), to: query)
                == Self.addresses("192.0.2.1", seconds: seconds))
    }

    @Test func `the shortest time to live of the chain counts`() throws {
        let query = try Self.query()
        var writer = MessageWriter(to: query, answers: 3)
        writer.append(alias: alias1, life: 20)
        writer.append(owner: alias1, address: "192.0.2.1", life: 300)
        writer.append(owner: alias2, address: "192.0.2.2", life: 1)
        #expect(try DNSResponse(writer.bytes, to: query) == Self.addresses("192.0.2.1", seconds: 20))
    }

    // MARK: - Aliases

    @Test func `a chain is followed whatever the order of its records`() throws {
        let query = try Self.query()
        var writer = MessageWriter(to: query, answers: 3)
        writer.append(owner: [1, 0x42, 0], address: "192.0.2.1")
        writer.append(owner: alias1, alias: alias2)
        writer.append(alias: alias1)
        #expect(try DNSResponse(writer.bytes, to: query) == Self.addresses("192.0.2.1", seconds: 300))
    }

    @Test func `a chain that leads nowhere has no address`() throws {
        let query = try Self.query()
        var writer = MessageWriter(to: query, answers: 1)
        writer.append(alias: alias1)
        #expect(try DNSResponse(writer.bytes, to: query) == .noAddress)
    }

    @Test(arguments: [(16, true), (17, false)]) func `a chain has at most 16 aliases`(count: Int, isFollowed: Bool)
        throws
    {
        let query = try Self.query()
        var writer = MessageWriter(to: query, answers: UInt16(count + 1))
        var owner = MessageWriter.question
        for number in 0..<count {
            let target: [UInt8] = [2, 0x61, UInt8(0x61 + number), 0]
            writer.append(owner: owner, alias: target)
            owner = target
        }
        writer.append(owner: owner, address: "192.0.2.1")
        if isFollowed {
            #expect(try DNSResponse(writer.bytes, to: query) == Self.addresses("192.0.2.1", seconds: 300))
        } else {
            #expect(throws: DNSMessageFault.malformed("its chain of aliases has no end")) {
                try DNSResponse(writer.bytes, to: query)
            }
        }
    }

    @Test func `loops and forks of aliases are malformed`() throws {
        let query = try Self.query()
        var loop = MessageWriter(to: query, answers: 2)
        loop.append(alias: alias1)
        loop.append(owner: alias1, alias: MessageWriter.question)
        #expect(throws: DNSMessageFault.malformed("its chain of aliases has no end")) {
            try DNSResponse(loop.bytes, to: query)
        }
        var fork = MessageWriter(to: query, answers: 2)
        fork.append(alias: alias1)
        fork.append(alias: alias2)
        #expect(throws: DNSMessageFault.malformed("a name is an alias of two others")) {
            try DNSResponse(fork.bytes, to: query)
        }
    }

    // MARK: - Answers without addresses

    @Test func `each response code has its meaning`() throws {
        let table: [(UInt16, DNSResponse, withoutOPT: DNSResponse)] = [
            (0, .noAddress, .noAddress), (3, .nonexistent, .nonexistent),
            (2, .trouble(.serverFailure), .trouble(.serverFailure)), (5, .trouble(.refusal), .trouble(.refusal)),
            (1, .withoutOPT, .trouble(.code(1))), (4, .withoutOPT, .trouble(.code(4))),
            (9, .trouble(.code(9)), .trouble(.code(9))), (15, .trouble(.code(15)), .trouble(.code(15))),
        ]
        for (code, response, withoutOPT) in table {
            let query = try Self.query()
            #expect(try DNSResponse(MessageWriter.answer(to: query, code: code), to: query) == response)
            let plain = try Self.query(hasOPT: false)
            #expect(try DNSResponse(MessageWriter.answer(to: plain, code: code), to: plain) == withoutOPT)
        }
    }

    @Test func `addresses in an error do not count`() throws {
        let query = try Self.query()
        var writer = MessageWriter(to: query, flags: 0x8183, answers: 1)
        writer.append(address: "192.0.2.1")
        #expect(try DNSResponse(writer.bytes, to: query) == .nonexistent)
    }

    @Test func `the upper bits of the code are in the OPT record`() throws {
        let query = try Self.query()
        for (upper, response) in [(0, DNSResponse.noAddress), (1, .withoutOPT), (2, .trouble(.code(32)))] {
            var writer = MessageWriter(to: query, additionals: 1)
            writer.append(owner: [0], type: 41, itsClass: 512, life: UInt32(upper) << 24, [])
            #expect(try DNSResponse(writer.bytes, to: query) == response)
        }
    }

    @Test func `an error may leave out the question`() throws {
        let query = try Self.query()
        for (code, response) in [(1, DNSResponse.withoutOPT), (2, .trouble(.serverFailure)), (5, .trouble(.refusal))] {
            let bytes = MessageWriter(to: query, flags: 0x8180 | UInt16(code), questions: 0).bytes
            #expect(try DNSResponse(bytes, to: query) == response)
        }
    }

    @Test func `a referral is not an answer`() throws {
        let query = try Self.query()
        for (flags, response) in [(0x8100, DNSResponse.trouble(.referral)), (0x8500, .noAddress), (0x8180, .noAddress)]
        {
            var writer = MessageWriter(to: query, flags: UInt16(flags), authorities: 1)
            writer.append(type: 2, [1, 0x61, 0])
            #expect(try DNSResponse(writer.bytes, to: query) == response)
        }
    }

    // MARK: - Truncation

    @Test func `whole records of a truncated answer count`() throws {
        let query = try Self.query()
        var writer = MessageWriter(to: query, flags: 0x8380, answers: 3)
        #expect(try DNSResponse(writer.bytes, to: query) == .trouble(.truncation))
        writer.append(address: "192.0.2.1")
        #expect(try DNSResponse(writer.bytes, to: query) == Self.addresses("192.0.2.1", seconds: 300))
        writer.append(garbage: [0xC0])
        #expect(try DNSResponse(writer.bytes, to: query) == Self.addresses("192.0.2.1", seconds: 300))
    }

    @Test func `an answer that breaks off anywhere is refused`() throws {
        let query = try Self.query()
        var writer = MessageWriter(to: query, answers: 3, additionals: 1)
        writer.append(alias: [1, 0x61, 0xC0, 16])
        writer.append(owner: [1, 0x61, 0xC0, 16], address: "192.0.2.1")
        writer.append(type: 46, [1, 2, 3])
        writer.append(owner: [0], type: 41, itsClass: 1232, life: 0, [])
        #expect(try DNSResponse(writer.bytes, to: query) == Self.addresses("192.0.2.1", seconds: 300))
        for count in 0..<writer.bytes.count {
            #expect(throws: DNSMessageFault.self, "\(count) bytes") {
                try DNSResponse(Array(writer.bytes[..<count]), to: query)
            }
        }
    }
}
