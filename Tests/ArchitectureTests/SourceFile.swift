import Foundation

/// A Swift file of a target, with what it imports.
struct SourceFile {
    let path: String
    let imports: Set<String>
    let lineCount: Int

    init(_ url: URL) throws {
        path = String(url.path.dropFirst(Manifest.root.path.count + 1))
        let lines = try String(contentsOf: url, encoding: .utf8).components(separatedBy: "\n")
        lineCount = lines.count
        let pattern =
            /^\s*(?:@\w+\s+)*(?:public |package |internal |fileprivate |private )?import (?:struct |class |enum |func |protocol |typealias |var |let )?(\w+)/
        imports = Set(lines.compactMap { line in line.firstMatch(of: pattern).map { String($0.1) } })
    }

    static func all(of target: Manifest.Target) throws -> [SourceFile] {
        let folder = Manifest.root.appending(path: target.path ?? "")
        let urls = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
        return try (urls?.allObjects ?? []).compactMap { $0 as? URL }
            .filter { $0.pathExtension == "swift" }.map(SourceFile.init)
    }
}
