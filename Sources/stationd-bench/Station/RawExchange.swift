/// One request over a connection of its own, with the answer as it came.
enum RawExchange {
    private static let patienceSeconds = 10.0

    /// - Parameter request: the whole request.
    static func answer(port: UInt16, _ request: [UInt8]) throws(BenchFault) -> [UInt8] {
        let descriptor = try Sockets.connect(port: port)
        defer { Sockets.close(descriptor) }
        guard unsafe request.withUnsafeBytes({ unsafe Sockets.send($0, to: descriptor) }) == request.count else {
            throw BenchFault("the server takes no request")
        }
        var answer: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        let start = Clock.nanoseconds()
        while Clock.seconds(since: start) < patienceSeconds {
            switch unsafe chunk.withUnsafeMutableBytes({ unsafe Sockets.receive(descriptor, into: $0) }) {
            case .bytes(let count): answer += chunk[..<count]
            case .nothing: try Clock.pause(milliseconds: 1)
            case .end: return answer
            }
            let extent = unsafe answer.withUnsafeBytes { unsafe MessageScan.extent(of: $0) }
            if let end = extent?.end, end == answer.count { return answer }
        }
        throw BenchFault("the server does not answer within \(Int(patienceSeconds)) s")
    }
}
