import Gateway
import Glibc
import HTTP
import JSON
import Linux
import Server
import Store
import TLS

/// A station whose data directory this process has opened and locked.
struct OpenStation {
    let disk: LinuxDisk
    let service: StationService
    /// The certificates for addresses with TLS; nil if there are none.
    private(set) var presented: TLSSource.Presented?

    /// Opens and recovers the data directory that `configuration` names.
    ///
    /// - Parameters:
    ///   - creating: whether to create a missing directory.
    ///   - isServing: whether clients will connect, so that they need certificates.
    ///   - acceptsLoss: whether to go on although something is missing, so that the state is unknown.
    ///   - readConfiguration: reads the configuration again at SIGHUP.
    init(
        _ configuration: Configuration, creating: Bool, isServing: Bool = false, acceptsLoss: Bool = false,
        readConfiguration: (() throws(ConfigurationFault) -> Configuration)? = nil
    ) throws(CommandFailure) {
        do {
            disk = try LinuxDisk(root: configuration.data, creating: creating)
        } catch {
            let reason = SystemError(errno: error.number.rawValue)
            guard creating else { throw CommandFailure(dataDirectory: configuration.data, reason) }
            throw CommandFailure(.cannotCreate, "the data directory \(configuration.data): \(reason)")
        }
        try Self.refuseLinks(disk, configuration.data)
        let secret = try JWTSecret(configuration, disk)
        var options = StationService.Options(
            configuration: configuration, secret: secret.bytes,
            newEpoch: Random.hex(bytes: 8), readConfiguration: readConfiguration,
            readSystemFile: { try? StandardStreams.readStart(of: $0, bytesMax: ResolverFiles.bytesMax) })
        let (commandSeed, commandFindings) = try CommandKeyFile.seed(configuration, disk)
        options.commandSeed = commandSeed
        options.findings = secret.findings + commandFindings
        if let library = BuildTLS.library {
            options.tls = TLSSource(library, disk)
            if isServing, configuration.listen.contains(where: \.isSecure) {
                do throws(TLSFault) {
                    let (presented, findings) = try TLSSource.presented(configuration, library, disk)
                    self.presented = presented
                    options.findings += findings
                } catch {
                    throw CommandFailure(.configuration, "TLS cannot be used: \(error)")
                }
            }
        }
        options.acceptsLoss = acceptsLoss
        options.isWriteProtected = Self.isWriteProtected(disk)
        service = try Self.open(disk, options)
    }

    /// Refuses a data directory with symbolic links. None would be followed, so what they name would seem to be
    /// missing.
    private static func refuseLinks(_ disk: LinuxDisk, _ data: String) throws(CommandFailure) {
        let links: [String]
        do {
            links = try disk.links()
        } catch {
            throw CommandFailure(StoreError.disk(error))
        }
        guard let link = links.first else { return }
        throw CommandFailure(
            .configuration,
            "\(data)/\(link) is a symbolic link, and stationd follows none in its data directory: put the directory "
                + "or file itself there, or let `data` name another place")
    }

    /// Whether a station's data directory is on a read-only file system. A directory without a station is of no use
    /// there, and is refused like any other that cannot be written.
    private static func isWriteProtected(_ disk: LinuxDisk) -> Bool {
        guard disk.isReadOnly, let file = try? disk.open(StorePath.stationFile, for: .reading) else { return false }
        disk.close(file)
        return true
    }

    /// Opens the station, and waits up to a second while another process holds the directory. A station killed while it
    /// starts a child leaves its lock with that child until the child replaces its image (fork(2), flock(2)).
    private static func open(
        _ disk: LinuxDisk, _ options: StationService.Options
    ) throws(CommandFailure) -> StationService {
        var triesLeft = lockTriesMax
        while true {
            do {
                return try StationService(disk: disk, options: options, now: SystemClock.now())
            } catch {
                triesLeft -= 1
                guard case .locked = error, triesLeft > 0 else { throw CommandFailure(error) }
                usleep(lockTryMicros)
            }
        }
    }

    private static let lockTriesMax = 20
    private static let lockTryMicros: UInt32 = 50_000
}

/// The control routes of the station, called directly. Each request is durable when it is answered.
extension OpenStation: ControlChannel {
    func send(_ request: ControlRequest) throws(CommandFailure) -> ControlAnswer {
        let now = SystemClock.now()
        let response: HTTPResponse
        do {
            let body = request.body?.encoded() ?? []
            let fields: HTTPFields = request.body == nil ? [:] : ["Content-Type": "application/json"]
            let target = ControlRequest.prefix + request.path
            response = service.control(
                try HTTPRequest(method: request.method, target: target, fields: fields, body: body), now: now)
        } catch {
            throw CommandFailure(.software, "\(request.method.rawValue) \(request.path): \(error.message)")
        }
        do {
            try service.commit()
        } catch {
            throw CommandFailure(.inputOutput, error.description)
        }
        return try ControlAnswer(response)
    }
}
