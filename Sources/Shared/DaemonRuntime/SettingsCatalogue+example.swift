extension SettingsCatalogue {
    /// All settings as a TOML file, each with its help, its environment variable and its default as a comment.
    public var exampleFile: String {
        var text = ""
        let sections = sectionsInOrder
        for section in sections {
            if !section.isEmpty { text += "[\(section)]\n\n" }
            for declaration in declarations where declaration.isValue && Self.section(of: declaration.key) == section {
                text += Self.comment(declaration.help + "\nEnvironment: \(declaration.environmentVariable)")
                text += "#\(Self.lastPart(of: declaration.key)) = \(declaration.example)\n\n"
            }
        }
        for declaration in declarations where !declaration.isValue {
            let header = declaration.isRows ? "[[\(declaration.key)]]" : "[\(declaration.key)]"
            let lines = declaration.example.split(separator: "\n")
            text += Self.comment(declaration.help)
            text += ([header[...]] + lines).map { "#\($0)\n" }.joined() + "\n"
        }
        return String(text.dropLast())
    }

    /// Keys without a section first: in TOML they can stand nowhere else.
    private var sectionsInOrder: [String] {
        var sections = [""]
        for declaration in declarations where declaration.isValue {
            let section = Self.section(of: declaration.key)
            if !sections.contains(section) { sections.append(section) }
        }
        return sections
    }

    private static func section(of key: String) -> String {
        key.split(separator: ".").dropLast().joined(separator: ".")
    }

    private static func lastPart(of key: String) -> String {
        String(key.split(separator: ".").last ?? "")
    }

    private static func comment(_ text: String) -> String {
        text.split(separator: "\n").map { "# \($0)\n" }.joined()
    }
}
