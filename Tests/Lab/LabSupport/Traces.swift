import Foundation
import Glibc

/// Looks for what nobody may find, in everything that the daemons have written.
public struct Traces {
    /// A value that must appear nowhere, and what it is.
    public struct Needle: Sendable {
        let what: String
        let bytes: [UInt8]
        /// Whether a digit on either side makes it another value: 10.0.0.1 is not in 10.0.0.12.
        let isNumber: Bool

        public init(_ what: String, _ text: String, isNumber: Bool = false) {
            self.init(what, bytes: Array(text.utf8), isNumber: isNumber)
        }

        public init(_ what: String, bytes: [UInt8], isNumber: Bool = false) {
            self.what = what
            self.bytes = bytes
            self.isNumber = isNumber
        }
    }

    private var sources: [(name: String, content: Data)] = []

    public init() {}

    public var byteCount: Int { sources.reduce(0) { $0 + $1.content.count } }
    public var names: [String] { sources.map(\.name) }

    public mutating func add(_ name: String, _ text: String) {
        sources.append((name, Data(text.utf8)))
    }

    /// Every file below a folder.
    ///
    /// - Parameter except: folders that may hold secrets, and are read by their owner alone.
    public mutating func add(folder: String, except: [String] = []) throws {
        let walk = try unwrap(FileManager.default.enumerator(atPath: folder), "\(folder) cannot be read")
        for case let path as String in walk {
            let whole = "\(folder)/\(path)"
            if except.contains(where: { whole.hasPrefix($0) }) { continue }
            let facts = try? FileManager.default.attributesOfItem(atPath: whole)
            guard facts?[.type] as? FileAttributeType == .typeRegular else { continue }
            // A file of the running database may go at any time.
            if let content = FileManager.default.contents(atPath: whole) { sources.append((whole, content)) }
        }
    }

    /// Where each needle is, for people; empty when none is anywhere.
    public func find(_ needles: [Needle]) -> [String] {
        needles.flatMap { needle in
            sources.filter { Self.contains(needle, in: $0.content) }.map { "\(needle.what) is in \($0.name)" }
        }
    }

    private static func contains(_ needle: Needle, in content: Data) -> Bool {
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        return content.withUnsafeBytes { content in
            var from = 0
            while let place = find(needle.bytes, in: content, from: from) {
                let end = place + needle.bytes.count
                let isPart =
                    (place > 0 && digits.contains(content[place - 1]))
                    || (end < content.count && digits.contains(content[end]))
                if !needle.isNumber || !isPart { return true }
                from = place + 1
            }
            return false
        }
    }

    /// By memchr(3) and memcmp(3), since tens of megabytes are searched for each needle.
    private static func find(_ bytes: [UInt8], in content: UnsafeRawBufferPointer, from: Int) -> Int? {
        guard let base = content.baseAddress, let first = bytes.first else { return nil }
        var place = from
        while content.count - place >= bytes.count {
            let count = content.count - place - bytes.count + 1
            guard let found = memchr(base + place, Int32(first), count) else { return nil }
            place = UnsafeRawPointer(found) - base
            if memcmp(found, bytes, bytes.count) == 0 { return place }
            place += 1
        }
        return nil
    }
}
