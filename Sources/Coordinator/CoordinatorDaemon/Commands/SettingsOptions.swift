import ArgumentParser
import DaemonRuntime

/// The options that say where the settings are.
struct SettingsOptions: ParsableArguments {
    @Option(help: "The TOML file with the settings.") var config: String?
    @Option(help: "Where state is kept (setting data_dir).") var dataDir: String?
    @Option(help: "trace, debug, info, notice, warning, error or critical (setting log.level).") var logLevel: String?

    func load() throws(SettingsError) -> CoordinatorSettings {
        try CoordinatorSettings(
            file: config,
            overrides: [
                Declared.dataDirectory.overridden(by: dataDir, flag: "--data-dir"),
                Declared.logLevel.overridden(by: logLevel, flag: "--log-level"),
            ]
        )
    }
}
