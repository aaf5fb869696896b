import Bytes

/// Writes responses (RFC 9112, sections 4 and 5).
enum ResponseEncoder {
    /// Appends the response to an HTTP/1.`minorVersion` request.
    static func encode(
        _ response: HTTPResponse, isHead: Bool, minorVersion: Int, persists: Bool, date: Timestamp,
        into output: inout [UInt8]
    ) {
        let status = response.status
        // 205 has no content but announces a length of 0 (RFC 9110, section 15.3.6).
        let contentCount = status == .resetContent ? 0 : response.body.count
        output.reserveCapacity(output.count + response.fields.storage.count + contentCount + 256)
        output.append(literal: "HTTP/1.1 ")
        output.append(decimal: status.rawValue)
        output.append(0x20)
        output.append(utf8: status.reasonPhrase)
        output.append(literal: "\r\nDate: ")
        date.appendIMFFixdate(to: &output)
        output.append(literal: "\r\n")
        response.fields.write(omitting: [.framing, .connection, .date], into: &output)
        output.append(literal: response.constantLines)
        switch response.caching {
        case .unsaid: break
        case .shared: output.append(literal: "X-Content-Type-Options: nosniff\r\nCache-Control: no-cache\r\n")
        case .forbidden:
            output.append(literal: "X-Content-Type-Options: nosniff\r\nCache-Control: no-store\r\n")
        case .revalidated:
            output.append(literal: "X-Content-Type-Options: nosniff\r\nCache-Control: private, no-cache\r\n")
        }
        if !status.forbidsContent {
            output.append(literal: "Content-Length: ")
            output.append(decimal: contentCount)
            output.append(literal: "\r\n")
        }
        writeConnection(response, minorVersion: minorVersion, persists: persists, into: &output)
        output.append(literal: "\r\n")
        if !isHead && !status.forbidsContent && contentCount > 0 { output.append(contentsOf: response.body) }
    }

    /// Wherever Upgrade is sent, it must also be a connection option (RFC 9110, section 7.8).
    private static func writeConnection(
        _ response: HTTPResponse, minorVersion: Int, persists: Bool, into output: inout [UInt8]
    ) {
        let upgrades = response.fields.contains("Upgrade")
        if response.status == .switchingProtocols {
            output.append(literal: "Connection: Upgrade\r\n")
        } else if !persists {
            output.append(literal: upgrades ? "Connection: close, Upgrade\r\n" : "Connection: close\r\n")
        } else if minorVersion == 0 {
            output.append(literal: "Connection: keep-alive\r\n")
        } else if upgrades {
            output.append(literal: "Connection: Upgrade\r\n")
        }
    }
}

extension HTTPFields {
    /// Fields that the machine writes itself.
    struct MachineFields: OptionSet {
        let rawValue: UInt8
        /// Content-Length and Transfer-Encoding.
        static let framing = MachineFields(rawValue: 1)
        static let connection = MachineFields(rawValue: 2)
        static let date = MachineFields(rawValue: 4)
        static let host = MachineFields(rawValue: 8)
    }

    /// Appends the field lines. An application cannot split a message with them: a line whose name is not a token is
    /// left out, and control characters in a value become spaces.
    func write(omitting omitted: MachineFields, into output: inout [UInt8]) {
        let bytes = storage.span
        for line in lines {
            let name = bytes.extracting(line.name)
            switch name.count {
            case 0: continue
            case 4 where omitted.contains(.date) && name.spellsIgnoringCase("date"): continue
            case 4 where omitted.contains(.host) && name.spellsIgnoringCase("host"): continue
            case 10 where omitted.contains(.connection) && name.spellsIgnoringCase("connection"): continue
            case 14 where omitted.contains(.framing) && name.spellsIgnoringCase("content-length"): continue
            case 17 where omitted.contains(.framing) && name.spellsIgnoringCase("transfer-encoding"): continue
            default: break
            }
            guard name.allBytes(\.isToken) else { continue }
            let value = bytes.extracting(line.value)
            let isSound = value.isFieldValue
            output.append(addingCapacity: name.count + value.count + 4) { text in
                text.append(copying: name)
                text.append(literal: ": ")
                if isSound {
                    text.append(copying: value)
                } else {
                    for index in 0..<value.count { text.append(value[index].isFieldValue ? value[index] : 0x20) }
                }
                text.append(literal: "\r\n")
            }
        }
    }
}

extension Span<UInt8> {
    /// Whether `condition` holds for every byte.
    @inline(__always) fileprivate func allBytes(_ condition: (UInt8) -> Bool) -> Bool {
        for index in 0..<count where !condition(self[index]) { return false }
        return true
    }
}
