import Glibc
import Server

extension Configuration {
    /// The configuration for a command: the file that `place` names, else /etc/stationd/stationd.json where that
    /// exists, else the defaults; then what the command line says goes before it.
    static func load(_ place: Place) throws(CommandFailure) -> Configuration {
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

    /// The file's bytes; nil where it is missing and nobody asked for it.
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

    /// The configuration of `stationd serve`; read again at SIGHUP with the same options.
    static func load(_ options: ServeOptions) throws(CommandFailure) -> Configuration {
        guard options.isDemo else {
            var configuration = try load(options.place)
            if !options.listen.isEmpty { configuration.listen = options.listen }
            return configuration
        }
        // The demonstration must not be found where the machine's own station is configured to be.
        var configuration = options.place.configuration == nil ? Configuration() : try load(options.place)
        if options.place.configuration == nil { configuration.listen = [Demo.listen] }
        if !options.listen.isEmpty { configuration.listen = options.listen }
        if let stranger = configuration.listen.first(where: { !$0.isLoopback }) {
            throw CommandFailure(
                .usage,
                "--demo is for this machine alone and the configuration listens on \(stranger.text): "
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
