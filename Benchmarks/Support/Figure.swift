import Foundation

/// One measured value, as a line of JSON on standard output.
public struct Figure {
    private let bench: String
    private let name: String
    private let value: Double
    private let unit: String
    private let n: Int

    /// - Parameter n: how many measurements stand behind the value.
    public init(_ bench: String, _ name: String, _ value: Double, _ unit: String, n: Int = 1) {
        self.bench = bench
        self.name = name
        self.value = value
        self.unit = unit
        self.n = n
    }

    public func emit() {
        let rounded = (value * 1000).rounded() / 1000
        let line = #"{"bench":"\#(bench)","figure":"\#(name)","value":\#(rounded),"unit":"\#(unit)","n":\#(n)}"#
        FileHandle.standardOutput.write(Data("\(line)\n".utf8))
    }
}
