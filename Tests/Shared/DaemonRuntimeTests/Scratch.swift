import Glibc

/// A directory of a test's own, gone when the test is over.
final class Scratch {
    let path: String

    init() {
        var template = Array("/tmp/holdfast-runtime-XXXXXX".utf8CString)
        path = String(cString: mkdtemp(&template))
    }

    func file(_ name: String) -> String { "\(path)/\(name)" }

    var names: [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            names.append(withUnsafePointer(to: &entry.pointee.d_name.0) { String(cString: $0) })
        }
        return names.filter { $0 != "." && $0 != ".." }.sorted()
    }

    deinit {
        for name in names { unlink(file(name)) }
        rmdir(path)
    }
}
