/// Bytes written as hexadecimal, each line with a comment after `//` that says what they are.
func hex(_ text: String) -> [UInt8] {
    text.split(separator: "\n").flatMap { line in
        let code = line.prefix { $0 != "/" }
        return code.split(separator: " ").map { UInt8($0, radix: 16)! }
    }
}
