import DaemonRuntime
import Glibc

/// The folder with a user's profiles, and which of them is in use.
struct ProfileFolder: Sendable {
    let path: String

    /// - Parameter environment: XDG_CONFIG_HOME and HOME are looked at.
    init(environment: [String: String]) {
        if let base = environment["XDG_CONFIG_HOME"], base.hasPrefix("/") {
            path = "\(base)/holdfast"
        } else {
            path = "\(environment["HOME"] ?? "")/.config/holdfast"
        }
    }

    private var currentPath: String { "\(path)/current" }

    /// By name.
    var names: [String] {
        guard let stream = opendir(path) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name.hasSuffix(".toml"), !name.hasPrefix(".") { names.append(String(name.dropLast(5))) }
        }
        return names.sorted()
    }

    /// The one that was chosen by `use`.
    var current: String? {
        guard let bytes = try? DurableFile.read(currentPath, limit_bytes: 256) else { return nil }
        let name = String(decoding: bytes, as: UTF8.self).filter { !$0.isWhitespace }
        return names.contains(name) ? name : nil
    }

    func use(_ name: String) throws(CommandFailure) {
        guard names.contains(name) else { throw .unknownProfile(name: name, path: file(of: name)) }
        do {
            try DurableFile.write(Array("\(name)\n".utf8), to: currentPath)
        } catch {
            throw .unreadableProfile("\(error)")
        }
    }

    func file(of name: String) -> String { "\(path)/\(name).toml" }

    /// The file of the profile that a command works with.
    ///
    /// - Parameter choice: a name or a file, of --profile or HOLDFAST_PROFILE; nil for neither.
    func file(for choice: String?) throws(CommandFailure) -> String {
        if let choice, !choice.isEmpty {
            if choice.contains("/") || choice.hasSuffix(".toml") { return choice }
            guard names.contains(choice) else { throw .unknownProfile(name: choice, path: file(of: choice)) }
            return file(of: choice)
        }
        if let current { return file(of: current) }
        let names = names
        guard let only = names.first else { throw .noProfile(directory: path) }
        guard names.count == 1 else { throw .manyProfiles(names: names) }
        return file(of: only)
    }
}
