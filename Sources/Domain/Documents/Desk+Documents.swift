import JSON

/// The whole state as documents: for comparing, and for handing it on whole.
extension Desk {
    /// Visits every document in a fixed order. O(n) in all that the desk holds.
    public func documents(_ visit: (DocumentPath, JSONObject) -> Void) {
        for entry in DocumentRegistry.entries { entry.visit(self, visit) }
    }

    /// The state as text, the same for the same state on every machine: a line for each document, and the last
    /// sequence.
    public func dump() -> [UInt8] {
        var text: [UInt8] = []
        documents { path, document in
            text.append(contentsOf: path.text.utf8)
            text.append(0x20)
            JSONValue.object(document).write(into: &text)
            text.append(0x0A)
        }
        text.append(contentsOf: "sequence \(lastSequence)\n".utf8)
        return text
    }

    /// A number that differs, but for one chance in 2^64, where the state differs: FNV-1a of `dump()`.
    public func fingerprint() -> UInt64 {
        dump().reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }
}
