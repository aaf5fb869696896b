import Bytes

/// A server's answer to a query.
enum DNSResponse: Hashable, Sendable {
    /// At least one address, in the server's order, and how long they are valid: at most
    /// `DNSMessage.timeToLiveSecondsMax`.
    case addresses([IPAddress], timeToLiveSeconds: Int)
    /// The name does not exist (RFC 8020).
    case nonexistent
    /// The name exists but has no address of this family (RFC 2308, section 2.2).
    case noAddress
    /// The server does not know the OPT record that was sent, so it may be asked without one (RFC 6891, section 7).
    case withoutOPT
    /// The answer is of no use.
    case trouble(DNSTrouble)

    /// Reads a datagram as the answer to `query`. At worst O(n²) in `bytes.count`, which is bounded.
    init(_ bytes: [UInt8], to query: DNSQuery) throws(DNSMessageFault) {
        guard bytes.count <= DNSMessage.bytesMax else { throw .foreign("it is too long") }
        var reader = DNSReader(bytes)
        let header = try Self.readHeader(&reader, to: query)
        var code = header.flags & DNSMessage.Flag.responseCode
        let isTruncated = header.flags & DNSMessage.Flag.truncated != 0
        var answers: [DNSRecord] = []
        do throws(DNSMessageFault) {
            for _ in 0..<header.answerCount {
                if let record = try DNSRecord(from: &reader, in: .answers) { answers.append(record) }
            }
            for _ in 0..<header.authorityCount { _ = try DNSRecord(from: &reader, in: .others) }
            var options = 0
            for _ in 0..<header.additionalCount {
                guard case .options(let extendedCode)? = try DNSRecord(from: &reader, in: .others)?.content else {
                    continue
                }
                options += 1
                code |= extendedCode << 4
            }
            guard options <= 1 else { throw .malformed("it has more than one OPT record") }
            guard reader.isAtEnd else { throw .malformed("more follows its last record") }
        } catch {
            guard isTruncated else { throw error }
        }
        guard code == DNSMessage.ResponseCode.noError else {
            self = Self.meaning(ofCode: code, hadOPT: query.hasOPT)
            return
        }
        let found = try Self.follow(query.name.wire, in: answers, type: query.type)
        if !found.addresses.isEmpty {
            self = .addresses(found.addresses, timeToLiveSeconds: found.timeToLiveSeconds)
        } else if isTruncated {
            self = .trouble(.truncation)
        } else if answers.isEmpty,
            header.flags & (DNSMessage.Flag.authoritative | DNSMessage.Flag.recursionAvailable) == 0
        {
            self = .trouble(.referral)
        } else {
            self = .noAddress
        }
    }

    // MARK: - The header and the question

    private struct Header {
        let flags: UInt16
        let answerCount: UInt16
        let authorityCount: UInt16
        let additionalCount: UInt16
    }

    /// Reads the header and the question and checks that they answer `query`.
    ///
    /// A server that failed, refused or did not understand may leave out the question.
    private static func readHeader(_ reader: inout DNSReader, to query: DNSQuery) throws(DNSMessageFault) -> Header {
        guard reader.bytes.count >= DNSMessage.headerBytes else { throw .foreign("it is shorter than a header") }
        guard try reader.readUInt16() == query.id else { throw .foreign("it has another id") }
        let flags = try reader.readUInt16()
        guard flags & DNSMessage.Flag.response != 0 else { throw .foreign("it is not a response") }
        guard flags & DNSMessage.Flag.opcode == 0 else { throw .foreign("it has another opcode") }
        let questionCount = try reader.readUInt16()
        let header = Header(
            flags: flags, answerCount: try reader.readUInt16(), authorityCount: try reader.readUInt16(),
            additionalCount: try reader.readUInt16())
        let code = flags & DNSMessage.Flag.responseCode
        let mayBeBare = code != DNSMessage.ResponseCode.noError && code != DNSMessage.ResponseCode.nameError
        if questionCount == 0 && mayBeBare { return header }
        guard questionCount == 1, Self.isQuestion(of: query, &reader) else { throw .foreign("it has another question") }
        return header
    }

    private static func isQuestion(of query: DNSQuery, _ reader: inout DNSReader) -> Bool {
        guard let name = try? reader.readName(), let type = try? reader.readUInt16(),
            let itsClass = try? reader.readUInt16()
        else { return false }
        return name == query.name.wire && type == query.type.rawValue && itsClass == DNSMessage.internetClass
    }

    private static func meaning(ofCode code: UInt16, hadOPT: Bool) -> DNSResponse {
        switch code {
        case DNSMessage.ResponseCode.nameError: .nonexistent
        case DNSMessage.ResponseCode.formatError where hadOPT, DNSMessage.ResponseCode.notImplemented where hadOPT,
            DNSMessage.ResponseCode.badVersion where hadOPT:
            .withoutOPT
        case DNSMessage.ResponseCode.serverFailure: .trouble(.serverFailure)
        case DNSMessage.ResponseCode.refused: .trouble(.refusal)
        default: .trouble(.code(code))
        }
    }

    // MARK: - The answers

    /// The addresses at the end of the chain that starts at `name`, and the shortest time to live on the way. Addresses
    /// that nobody can connect to are left out.
    private static func follow(
        _ name: [UInt8], in records: [DNSRecord], type: DNSAddressType
    ) throws(DNSMessageFault) -> (addresses: [IPAddress], timeToLiveSeconds: Int) {
        var name = name
        var life = DNSMessage.timeToLiveSecondsMax
        for _ in 0...DNSMessage.chainMax {
            var addresses: [IPAddress] = []
            var target: [UInt8]?
            for record in records where record.name == name {
                switch record.content {
                case .address(let address):
                    guard address.isIPv6 == (type == .ipv6), address.isUnicast else { continue }
                    addresses.append(address)
                case .alias(let itsTarget):
                    // RFC 2181, section 10.1: a name has one CNAME. A second one cannot be trusted.
                    guard target == nil || target == itsTarget else {
                        throw .malformed("a name is an alias of two others")
                    }
                    target = itsTarget
                case .options: continue
                }
                life = min(life, record.timeToLiveSeconds)
            }
            if !addresses.isEmpty { return (addresses, life) }
            guard let next = target else { return ([], life) }
            name = next
        }
        throw .malformed("its chain of aliases has no end")
    }
}
