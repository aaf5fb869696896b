import Gateway
import JSON

/// What a configuration that was read again means for a running station.
public struct ConfigurationChanges: Hashable, Sendable {
    /// The configuration to go on with: what may change has its new value, all else its old one.
    public let configuration: Configuration
    /// What has changed and holds from now on, one text each: `log.level: "info" -> "debug"`.
    public let applied: [String]
    /// What has changed in the file but holds only after a restart, likewise.
    public let needRestart: [String]

    public var isEmpty: Bool { applied.isEmpty && needRestart.isEmpty }
}

extension Configuration {
    /// Compares this configuration, which is in force, with a new one.
    public func changes(to new: Configuration) -> ConfigurationChanges {
        var merged = self
        var applied: [String] = []
        var needRestart: [String] = []
        for setting in Self.settings {
            let (old, value) = (setting.value(self), setting.value(new))
            guard old != value else { continue }
            let text = setting.isSecret ? setting.name : "\(setting.name): \(old.text) -> \(value.text)"
            // A value of a configuration keeps the rule it was read by; one made in code that does not is left as it
            // is.
            if setting.isReloadable, setting.read(value, &merged) {
                applied.append(text)
            } else {
                needRestart.append(text)
            }
        }
        return ConfigurationChanges(configuration: merged, applied: applied, needRestart: needRestart)
    }
}
