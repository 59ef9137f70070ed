/// A share as people read it.
enum Permille {
    /// How many thousandths `part` is of `whole`, rounded down; of nothing, everything or nothing.
    static func of(_ part: Int, _ whole: Int) -> Int {
        guard whole > 0 else { return part > 0 ? 1000 : 0 }
        let (high, low) = max(0, part).multipliedFullWidth(by: 1000)
        guard high < whole else { return .max }
        return whole.dividingFullWidth((high, low)).quotient
    }

    /// `83 %`, `83.5 %`.
    static func text(_ permille: Int) -> String {
        permille % 10 == 0 ? "\(permille / 10) %" : "\(permille / 10).\(permille % 10) %"
    }
}
