/// The environment that the process was started with, read from the kernel and thus without Foundation.
public enum ProcessEnvironment {
    private static let limit_bytes = 8 << 20

    /// Empty where `/proc` is not mounted.
    public static func current() -> [String: String] {
        guard let bytes = try? DurableFile.read("/proc/self/environ", limit_bytes: limit_bytes) else { return [:] }
        var variables: [String: String] = [:]
        for entry in bytes.split(separator: 0) {
            guard let equals = entry.firstIndex(of: UInt8(ascii: "=")) else { continue }
            let name = String(decoding: entry[..<equals], as: UTF8.self)
            variables[name] = String(decoding: entry[(equals + 1)...], as: UTF8.self)
        }
        return variables
    }
}
