import Generators

/// Bytes of a NATS server, for lanes without one.
enum NATSWire {
    static let information = #"INFO {"server_id":"S","version":"2.9.10","headers":true,"max_payload":1024}"# + "\r\n"

    /// `bytes` in random pieces.
    static func pieces(_ bytes: [UInt8], using generator: inout RepeatableGenerator) -> [ArraySlice<UInt8>] {
        var pieces: [ArraySlice<UInt8>] = []
        var start = 0
        while start < bytes.count {
            let end = min(bytes.count, start + Int.random(in: 1...40, using: &generator))
            pieces.append(bytes[start..<end])
            start = end
        }
        return pieces
    }
}

extension String {
    var bytes: [UInt8] { Array(utf8) }
}
