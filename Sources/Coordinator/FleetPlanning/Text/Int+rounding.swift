extension Int {
    /// `self · factor / divisor`, rounded up; the greatest number where that is too small to hold it.
    func multipliedRoundingUp(by factor: Int, over divisor: Int) -> Int {
        let (product, isTooLarge) = multipliedReportingOverflow(by: factor)
        guard !isTooLarge else { return .max }
        return product / divisor + (product % divisor > 0 ? 1 : 0)
    }
}
