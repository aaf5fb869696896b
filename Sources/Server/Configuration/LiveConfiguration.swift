import Gateway
import Platform

/// The configuration in force, and the way to read the file again.
final class LiveConfiguration {
    private(set) var current: Configuration
    /// Counts the changes, so that values derived from the configuration can be recognised as stale.
    private(set) var version = 0
    private let readAgain: (() throws(ConfigurationFault) -> Configuration)?

    /// - Parameter readAgain: reads the configuration file; nil if there is none.
    init(_ configuration: Configuration, readAgain: (() throws(ConfigurationFault) -> Configuration)?) {
        current = configuration
        self.readAgain = readAgain
    }

    var limits: Limits { current.limits }

    /// Reads the file again and applies the settings that may change while the station runs.
    ///
    /// - Returns: the changes; nil if there is no file.
    /// - Throws: the file's faults; the configuration stays as it was.
    func reload() throws(ConfigurationFault) -> ConfigurationChanges? {
        guard let readAgain else { return nil }
        let changes = current.changes(to: try readAgain())
        current = changes.configuration
        version += 1
        return changes
    }
}
