import BenchmarkSupport
import Foundation

extension Figure {
    init(name: String, value: Double, unit: String, n: Int) {
        self.init("provision", name, value, unit, n: n)
    }
}

/// To standard error.
func note(_ text: String) {
    FileHandle.standardError.write(Data("provision: \(text)\n".utf8))
}
