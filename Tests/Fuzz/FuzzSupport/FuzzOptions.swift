/// `[TARGET] [--seed N] [--from N] [--inputs N | --forever] [--file PATH]`; without a target, every one.
struct FuzzOptions {
    var target: String?
    var seed: UInt64?
    /// The first input's number.
    var from: UInt64 = 0
    /// Nil: as many as the target says.
    var inputCount: UInt64?
    var isEndless = false
    /// One input, from a file.
    var file: String?

    struct Wrong: Error, CustomStringConvertible {
        let description: String
    }

    init(_ arguments: [String]) throws(Wrong) {
        var rest = arguments[...]
        while let word = rest.popFirst() {
            switch word {
            case "--forever": isEndless = true
            case "--seed": seed = try Self.number(rest.popFirst(), of: word)
            case "--from": from = try Self.number(rest.popFirst(), of: word)
            case "--inputs": inputCount = try Self.number(rest.popFirst(), of: word)
            case "--file": file = rest.popFirst()
            case _ where word.hasPrefix("-"): throw Wrong(description: "there is no option \(word)")
            default: target = word
            }
        }
    }

    private static func number(_ text: String?, of option: String) throws(Wrong) -> UInt64 {
        guard let number = text.flatMap({ UInt64($0) }) else { throw Wrong(description: "\(option) needs a number") }
        return number
    }
}
