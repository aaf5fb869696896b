import Glibc
import Server

extension Configuration {
    /// The configuration of a command: the file that `place` names, otherwise /etc/stationd/stationd.json if it exists,
    /// otherwise the defaults. The command line overrides all of them.
    static func load(at place: Place) throws(CommandFailure) -> Configuration {
        var configuration = Configuration()
        let file = place.configuration ?? defaultPath
        if let bytes = try content(of: file, isRequired: place.configuration != nil) {
            do {
                configuration = try Self.read(bytes: bytes, file: file)
            } catch {
                throw CommandFailure(.configuration, messages: error.messages)
            }
        }
        if let data = place.data { configuration.data = data }
        return configuration
    }

    /// The file's bytes; nil if it is missing and not required.
    private static func content(of file: String, isRequired: Bool) throws(CommandFailure) -> [UInt8]? {
        let bytes: [UInt8]?
        do {
            bytes = try StandardStreams.readFile(file, bytesMax: fileBytesMax)
        } catch {
            if error.errno == ENOENT && !isRequired { return nil }
            throw CommandFailure(.configuration, "\(file): \(error)")
        }
        guard let bytes else { throw CommandFailure(.configuration, "\(file) is longer than \(fileBytesMax) bytes") }
        return bytes
    }

    /// The configuration of `stationd serve`, read again with the same options at SIGHUP.
    static func load(_ options: ServeOptions) throws(CommandFailure) -> Configuration {
        let configuration = try loadAny(options)
        guard BuildTLS.library == nil, let wish = configuration.wantsTLS.first else { return configuration }
        throw CommandFailure(
            .configuration,
            "\(wish) needs TLS, which this build of stationd does not have: build it with `--traits TLS`")
    }

    private static func loadAny(_ options: ServeOptions) throws(CommandFailure) -> Configuration {
        guard options.isDemo else {
            var configuration = try load(at: options.place)
            if !options.listen.isEmpty { configuration.listen = options.listen }
            return configuration
        }
        // The demo must not use the data or the port that this machine's own station is configured with.
        var configuration = options.place.configuration == nil ? Configuration() : try load(at: options.place)
        if options.place.configuration == nil { configuration.listen = [ListenAddress(Demo.listen)] }
        if !options.listen.isEmpty { configuration.listen = options.listen }
        if let stranger = configuration.listen.first(where: { !$0.isLoopback }) {
            throw CommandFailure(
                .usage,
                "--demo serves this machine only, but the configuration listens on \(stranger.text): "
                    + "add --listen 127.0.0.1:8080")
        }
        if let data = options.place.data {
            configuration.data = data
        } else {
            configuration.data = try Demo.directory()
        }
        return configuration
    }
}
