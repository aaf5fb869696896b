import Gateway
import JSON

/// The effect on a running station of reading its configuration again.
public struct ConfigurationChanges: Hashable, Sendable {
    /// The configuration from now on: settings that may change have their new values, the others their old ones.
    public let configuration: Configuration
    /// The changes that hold from now on, one text each: `log.level: "info" -> "debug"`.
    public let applied: [String]
    /// The changes in the file that hold only after a restart, in the same form.
    public let needRestart: [String]

    /// Whether the file says the same as before.
    public var isEmpty: Bool { applied.isEmpty && needRestart.isEmpty }
}

extension Configuration {
    /// Compares this configuration, which must be the one in force, with a new one.
    public func changes(to new: Configuration) -> ConfigurationChanges {
        var merged = self
        var applied: [String] = []
        var needRestart: [String] = []
        for setting in Self.settings {
            let (old, value) = (setting.value(self), setting.value(new))
            guard old != value else { continue }
            let text = setting.isSecret ? setting.name : "\(setting.name): \(old.text) -> \(value.text)"
            // A value that was read from a file fits its rule. A value set in code that does not fit is not applied.
            if setting.isReloadable, setting.read(value, &merged) {
                applied.append(text)
            } else {
                needRestart.append(text)
            }
        }
        return ConfigurationChanges(configuration: merged, applied: applied, needRestart: needRestart)
    }
}
