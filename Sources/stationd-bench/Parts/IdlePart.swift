/// The memory cost of an open connection that is idle.
struct IdlePart {
    /// Further descriptors of this process and of the server, with some to spare.
    private static let otherDescriptors = 128

    private let connections: Int
    /// The users who connect: as many as in `fanout`, so that one prepared station serves both parts. Some have several
    /// connections.
    private let technicians: Int
    private let settleSeconds: Double

    init(_ options: BenchOptions) {
        connections = options.count ?? (options.isQuick ? 200 : 5000)
        technicians = connections < FanOutPart.usualListeners ? FanOutPart.quickListeners : FanOutPart.usualListeners
        settleSeconds = options.isQuick ? 0.2 : 2
    }

    /// Memory of a server, in bytes.
    private struct Memory {
        var resident: Double
        var privateDirty: Double

        init(_ target: Target) {
            resident = Double(target.figures.residentBytes)
            privateDirty = Double(target.figures.privateDirtyBytes)
        }
    }

    /// Compares the memory of the station and of the bare responder.
    func run(_ workbench: Workbench, _ report: inout Report) throws(BenchFault) {
        let available = Sockets.raiseDescriptorLimit()
        guard connections + Self.otherDescriptors <= available else {
            throw BenchFault(
                "only \(available) descriptors are allowed (ulimit -n), too few for \(connections) connections",
                code: 64)
        }
        workbench.progress.step("idle: \(connections) connections")
        let station = try workbench.withStation(technicians: technicians) { (station) throws(BenchFault) in
            try growth(of: station.target)
        }
        let bare = try workbench.withBare(growth)
        report.add(
            Figure(
                work: "resident memory per idle Socket.IO connection", unit: "KiB", station: station.resident / 1024,
                limit: bare.resident / 1024, aim: .atMost(1)))
        report.add(
            Figure(
                work: "private dirty memory per idle Socket.IO connection", unit: "KiB",
                station: station.privateDirty / 1024, limit: bare.privateDirty / 1024))
    }

    /// The growth of a server's memory in bytes per connection.
    private func growth(of target: Target) throws(BenchFault) -> Memory {
        let generator = try LoadGenerator(target)
        // The first connection loads code and tables that all of them share.
        try generator.join(1)
        try generator.idle(seconds: settleSeconds / 4)
        let before = Memory(target)
        try generator.join(connections + 1)
        try generator.idle(seconds: settleSeconds)
        var after = Memory(target)
        after.resident = (after.resident - before.resident) / Double(connections)
        after.privateDirty = (after.privateDirty - before.privateDirty) / Double(connections)
        return after
    }
}
