/// What a connection costs that is open and has nothing to do.
struct IdlePart {
    /// Other descriptors of this process and of the server, generously.
    private static let otherDescriptors = 128

    private let connections: Int
    /// Who is connected: as many users as `fanout` has, so that one prepared station serves both. Some have several
    /// connections.
    private let technicians: Int
    private let settleSeconds: Double

    init(_ options: BenchOptions) {
        connections = options.count ?? (options.isQuick ? 200 : 5000)
        technicians = connections < FanOutPart.usualListeners ? FanOutPart.quickListeners : FanOutPart.usualListeners
        settleSeconds = options.isQuick ? 0.2 : 2
    }

    private struct Memory {
        var resident: Double
        var privateDirty: Double

        init(_ target: Target) {
            resident = Double(target.figures.residentBytes)
            privateDirty = Double(target.figures.privateDirtyBytes)
        }
    }

    func run(_ workbench: Workbench, _ report: inout Report) throws(BenchFault) {
        let available = Sockets.raiseDescriptorLimit()
        guard connections + Self.otherDescriptors <= available else {
            throw BenchFault(
                "this process may have \(available) descriptors (ulimit -n), too few for \(connections) connections",
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
                work: "private written memory per idle Socket.IO connection", unit: "KiB",
                station: station.privateDirty / 1024, limit: bare.privateDirty / 1024))
    }

    /// Bytes per connection.
    private func growth(of target: Target) throws(BenchFault) -> Memory {
        let generator = try LoadGenerator(target)
        // The first one brings in code and tables that all share.
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
