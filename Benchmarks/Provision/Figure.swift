import Foundation

/// One measured value, as a line of JSON on standard output.
struct Figure {
    let name: String
    let value: Double
    let unit: String
    /// How many measurements stand behind the value.
    let n: Int

    func emit() {
        let rounded = (value * 1000).rounded() / 1000
        let line = #"{"bench":"provision","figure":"\#(name)","value":\#(rounded),"unit":"\#(unit)","n":\#(n)}"#
        FileHandle.standardOutput.write(Data("\(line)\n".utf8))
    }
}

/// To standard error.
func note(_ text: String) {
    FileHandle.standardError.write(Data("provision: \(text)\n".utf8))
}
