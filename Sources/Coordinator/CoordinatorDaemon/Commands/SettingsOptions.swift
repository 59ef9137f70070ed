import ArgumentParser
import DaemonRuntime

/// The options that say where the settings are.
struct SettingsOptions: ParsableArguments {
    @Option(help: "The TOML file with the settings (default: \(SettingsFile.packaged), if there is one).")
    var config: String?
    @Option(help: "Where state is kept (setting data_dir).") var dataDir: String?
    @Option(help: "trace, debug, info, notice, warning, error or critical (setting log.level).") var logLevel: String?

    func load() throws(SettingsError) -> CoordinatorSettings {
        let file = SettingsFile(named: config)
        if file.isFound { StandardError.print("settings of \(SettingsFile.packaged)") }
        let settings = try CoordinatorSettings(
            file: file.path,
            overrides: [
                Declared.dataDirectory.overridden(by: dataDir, flag: "--data-dir"),
                Declared.logLevel.overridden(by: logLevel, flag: "--log-level"),
            ]
        )
        if let path = file.path, file.isReadableByAll, settings.holdsPassword(inFile: path) {
            StandardError.print(
                "\(path) holds the database's password and is readable by all; run: "
                    + "chgrp holdfast-coordinator \(path) && chmod 640 \(path)"
            )
        }
        return settings
    }
}
