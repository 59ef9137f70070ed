import Model

extension SettingType {
    /// A type that is a string in the file, with the same text everywhere.
    /// - Parameter expected: completes "must be …".
    public static func text(
        _ expected: String,
        parse: @escaping @Sendable (String) -> Value?,
        render: @escaping @Sendable (Value) -> String
    ) -> Self {
        SettingType(
            expected: expected,
            fromFile: { value, _ throws(SettingsError) in if case .string(let text) = value { parse(text) } else { nil }
            },
            fromText: parse,
            render: { ConfigurationText.quoted(render($0)) }
        )
    }
}

extension SettingType where Value == String {
    public static var string: Self { .text("a string", parse: { $0 }, render: { $0 }) }

    public static func oneOf(_ choices: [String]) -> Self {
        .text("one of " + choices.joined(separator: ", "), parse: { choices.contains($0) ? $0 : nil }, render: { $0 })
    }
}

extension SettingType where Value == Int {
    public static func integer(in range: ClosedRange<Int>) -> Self {
        let accept: @Sendable (Int) -> Int? = { range.contains($0) ? $0 : nil }
        return SettingType(
            expected: "an integer from \(range.lowerBound) to \(range.upperBound)",
            fromFile: { value, _ throws(SettingsError) in
                if case .integer(let number) = value { accept(number) } else { nil }
            },
            fromText: { Int($0).flatMap(accept) },
            render: { "\($0)" }
        )
    }
}

extension SettingType where Value == Bool {
    public static var boolean: Self {
        SettingType(
            expected: "true or false",
            fromFile: { value, _ throws(SettingsError) in if case .boolean(let flag) = value { flag } else { nil } },
            fromText: { Bool($0) },
            render: { "\($0)" }
        )
    }
}

extension SettingType where Value == Duration {
    /// Whole seconds; the key ends in `_s`.
    public static func seconds(in range: ClosedRange<Int>) -> Self {
        duration(range, unit: "seconds", suffix: "_s", make: { .seconds($0) }, count: { Int($0.components.seconds) })
    }

    /// Whole milliseconds; the key ends in `_ms`.
    public static func milliseconds(in range: ClosedRange<Int>) -> Self {
        duration(
            range,
            unit: "milliseconds",
            suffix: "_ms",
            make: { .milliseconds($0) },
            count: { Int($0 / .milliseconds(1)) }
        )
    }

    private static func duration(
        _ range: ClosedRange<Int>,
        unit: String,
        suffix: String,
        make: @escaping @Sendable (Int) -> Duration,
        count: @escaping @Sendable (Duration) -> Int
    ) -> Self {
        let number = SettingType<Int>.integer(in: range)
        return SettingType(
            expected: "a whole number of \(unit) from \(range.lowerBound) to \(range.upperBound)",
            unitSuffix: suffix,
            fromFile: { value, place throws(SettingsError) in try number.fromFile(value, place).map(make) },
            fromText: { number.fromText($0).map(make) },
            render: { "\(count($0))" }
        )
    }
}

extension SettingType where Value == HostPort {
    public static var hostPort: Self {
        .text(
            "HOST:PORT, such as 127.0.0.1:8080 or [::]:7443",
            parse: { HostPort($0) },
            render: { $0.description }
        )
    }
}

extension SettingType where Value == IPAddress {
    public static var address: Self {
        .text("an IPv4 or IPv6 address", parse: { IPAddress($0) }, render: { $0.description })
    }
}

extension SettingType where Value == IPPrefix {
    /// An IPv4 network without bits beyond its length.
    public static var ipv4Prefix: Self { prefix(bits: 32, example: "10.64.0.0/10") }

    /// An IPv6 network without bits beyond its length.
    public static var ipv6Prefix: Self { prefix(bits: 128, example: "fd68:6f6c:6466::/64") }

    /// A network of either kind without bits beyond its length.
    public static var network: Self {
        .text(
            "a network such as 10.0.0.0/8 or fd00::/8, with no bits set beyond its length",
            parse: { text in IPPrefix(text).flatMap { $0.masked == $0 ? $0 : nil } },
            render: { $0.description }
        )
    }

    private static func prefix(bits: Int, example: String) -> Self {
        .text(
            "an IPv\(bits == 32 ? 4 : 6) prefix with no bits set beyond its length, such as \(example)",
            parse: { text in
                guard let prefix = IPPrefix(text), prefix.address.bitCount == bits, prefix.masked == prefix else {
                    return nil
                }
                return prefix
            },
            render: { $0.description }
        )
    }
}
