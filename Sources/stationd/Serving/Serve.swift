import Bytes
import Gateway
import Glibc
import Linux
import Platform
import Server
import Store

/// `stationd serve`: puts everything together and runs the loop until it is told to stop.
struct Serve {
    let options: ServeOptions

    func run() throws(CommandFailure) -> ExitCode {
        umask(0o027)
        let configuration = try Configuration.load(options)
        if options.isDemo { try Demo.check(directory: configuration.data) }
        let options = options
        var station = try OpenStation(configuration, creating: true, isServing: true, acceptsLoss: options.acceptsLoss)
        {
            () throws(ConfigurationFault) in
            do throws(CommandFailure) {
                return try Configuration.load(options)
            } catch {
                throw error.asConfigurationFault
            }
        }
        // Opening reads a lot that is not kept, so give those pages back to the kernel.
        Heap.trim()
        if self.options.isDemo { try Demo.prepare(over: &station, passwordHash: Demo.passwordHash) }
        let loop = try makeGateway(station.service, configuration)
        loop.tlsServer = station.presented?.server
        let endpoints = try listen(loop, configuration, isWriteProtected: station.service.isWriteProtected)
        let metricsEndpoints = try listenForMetrics(loop, configuration, beside: endpoints)
        let news = station.presented?.news ?? []
        report(loop, station.service.findings, news, endpoints, metricsEndpoints, configuration)
        if self.options.isDemo, let place = endpoints.first {
            let tokens = try Demo.tokens(over: &station)
            StandardStreams.write(Demo.text(tokens: tokens, place: place.text, directory: configuration.data))
        }
        do throws(ServiceFailure) {
            try loop.run()
        } catch {
            throw CommandFailure(.inputOutput, error.description)
        }
        do {
            try station.service.finish(now: SystemClock.now()) { findings in
                StandardStreams.complain(findings.map { "\($0)" })
            }
        } catch {
            // The journal has everything, and the next start reads it from there.
            StandardStreams.complain(["the documents were not brought up to date: \(error)"])
        }
        return .success
    }

    private func makeGateway(
        _ service: StationService, _ configuration: Configuration
    ) throws(CommandFailure) -> EventLoop {
        let network: LinuxNetwork
        do {
            network = try LinuxNetwork(dataPath: configuration.data)
            network.clientDescriptorsEnd = DescriptorLimit.clientEnd(of: DescriptorLimit.raise())
            try network.watchSignals()
            try network.prepareSynchronizing()
        } catch {
            throw CommandFailure(.system, error.description)
        }
        let log = Log(level: configuration.logLevel, isForSystemd: StandardStreams.isErrorSystemdJournal)
        return EventLoop(
            network: network, service: service.handlers, settings: GatewaySettings(configuration), log: log,
            random: SystemRandomNumberGenerator(), now: SystemClock.now())
    }

    /// Starts to listen. Returns the endpoints with their actual ports.
    private func listen(
        _ loop: EventLoop, _ configuration: Configuration, isWriteProtected: Bool
    ) throws(CommandFailure) -> [ListenAddress] {
        do throws(NetworkError) {
            // There is no way to make the commands' socket on a read-only file system.
            if !isWriteProtected { _ = try loop.listen(on: .unix(path: SocketChannel.name), for: .control) }
            var endpoints: [ListenAddress] = []
            for address in configuration.listen {
                endpoints += try listen(loop, address, beside: endpoints)
            }
            return endpoints
        } catch {
            throw Self.failure(error)
        }
    }

    /// Starts to listen where metrics alone are served, if anywhere.
    private func listenForMetrics(
        _ loop: EventLoop, _ configuration: Configuration, beside taken: [ListenAddress]
    ) throws(CommandFailure) -> [ListenAddress] {
        guard let endpoint = configuration.metricsListen else { return [] }
        do throws(NetworkError) {
            return try listen(loop, ListenAddress(endpoint), beside: taken, for: .metrics)
        } catch {
            throw Self.failure(error)
        }
    }

    private static func failure(_ error: NetworkError) -> CommandFailure {
        let code: ExitCode = error.errno == EACCES || error.errno == EPERM ? .noPermission : .unavailable
        return CommandFailure(code, error.description)
    }

    /// Listens on all addresses of an endpoint, with the same port. Of several, those that this machine does not have
    /// are left out: IPv6 may be switched off. So are those that it listens on already.
    private func listen(
        _ loop: EventLoop, _ listen: ListenAddress, beside taken: [ListenAddress], for use: ListenerUse = .clients
    ) throws(NetworkError) -> [ListenAddress] {
        var places: [ListenEndpoint] = []
        var missing: NetworkError?
        for address in listen.endpoint.addresses {
            guard case .tcp(let host, let wanted) = address, !taken.contains(where: { $0.endpoint == address })
            else { continue }
            var port = wanted
            if case .tcp(_, let first)? = places.first { port = first }
            do throws(NetworkError) {
                let place = ListenEndpoint.tcp(host: host, port: port)
                let bound = try loop.listen(on: place, for: use, isSecure: listen.isSecure)
                places.append(.tcp(host: host, port: bound))
            } catch {
                guard error.errno == EAFNOSUPPORT || error.errno == EADDRNOTAVAIL else { throw error }
                missing = error
            }
        }
        if places.isEmpty, let missing { throw missing }
        return places.map { ListenAddress($0, isSecure: listen.isSecure) }
    }

    /// Writes the first lines of the log. The loop would not write them before something happens.
    private func report(
        _ loop: EventLoop, _ findings: [Finding], _ certificates: [String], _ endpoints: [ListenAddress],
        _ metricsEndpoints: [ListenAddress], _ configuration: Configuration
    ) {
        let now = SystemClock.now()
        var log = loop.log
        log.write(.info, "Server", "stationd \(StationService.version), data in \(configuration.data)", at: now)
        for finding in findings { log.write(finding.severity.logLevel, "Recovery", "\(finding)", at: now) }
        let available = DescriptorLimit.raise()
        let wanted = loop.settings.connectionsMax
        if available < wanted + DescriptorLimit.ownCount {
            log.write(
                .warning, "Server",
                "only \(available) descriptors are allowed, too few for limits.connections_max (\(wanted)): "
                    + "some clients will be turned away; raise LimitNOFILE", at: now)
        }
        if geteuid() == 0 {
            log.write(
                .warning, "Server",
                "stationd runs as root, which it does not need: start it as a user of its own (`User=` in the unit)",
                at: now)
        }
        if configuration.isCentral, !configuration.isJWTSecretOurs {
            log.write(
                .warning, "Server",
                "jwt.secret_file is \(configuration.jwtSecretFile): if stations share that secret, anyone who holds "
                    + "one of them can become an admin of this central server", at: now)
        }
        for endpoint in metricsEndpoints {
            log.write(.info, "Server", "Metrics are at \(endpoint.text) alone", at: now)
        }
        for sentence in certificates { log.write(.info, "TLS", sentence, at: now) }
        for endpoint in endpoints { log.write(.info, "Server", "Listening on \(endpoint.text)", at: now) }
        var lines = log.waiting
        loop.network.writeLog(&lines)
    }
}

extension Finding.Severity {
    fileprivate var logLevel: Log.Level {
        switch self {
        case .note: .info
        case .warning: .warning
        case .damage: .error
        }
    }
}

/// The number of descriptors that this process may have (getrlimit(2), RLIMIT_NOFILE).
enum DescriptorLimit {
    /// Descriptors for the station's own files, listeners and children, with some to spare.
    static let ownCount = 64

    /// The first descriptor number that no client may get, if `available` descriptors are allowed. The kernel assigns
    /// the lowest free number (POSIX, File Descriptor Allocation).
    static func clientEnd(of available: Int) -> Int32 {
        Int32(clamping: available - min(ownCount, available / 4))
    }

    /// Raises the soft limit to the hard one and returns the limit that is then in force.
    static func raise() -> Int {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 0 }
        var raised = limit
        raised.rlim_cur = raised.rlim_max
        let isRaised = unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &raised) == 0
        return Int(clamping: isRaised ? raised.rlim_cur : limit.rlim_cur)
    }
}

extension CommandFailure {
    /// The reason, for the log, why a configuration could not be read again.
    fileprivate var asConfigurationFault: ConfigurationFault { ConfigurationFault(messages: messages) }
}
