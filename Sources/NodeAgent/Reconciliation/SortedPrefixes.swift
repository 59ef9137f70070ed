import Model

/// Comparing the sorted lists of ``PeerEntry/allowedIPs`` by one walk over both.
enum SortedPrefixes {
    /// What stands in both lists.
    static func common(_ left: [IPPrefix], _ right: [IPPrefix]) -> [IPPrefix] {
        guard left != right else { return left }
        var common: [IPPrefix] = []
        var leftIndex = 0
        var rightIndex = 0
        while leftIndex < left.count, rightIndex < right.count {
            if left[leftIndex] == right[rightIndex] {
                common.append(left[leftIndex])
                leftIndex += 1
                rightIndex += 1
            } else if left[leftIndex] < right[rightIndex] {
                leftIndex += 1
            } else {
                rightIndex += 1
            }
        }
        return common
    }

    /// What stands in `left` only.
    static func difference(_ left: [IPPrefix], without right: [IPPrefix]) -> [IPPrefix] {
        guard !right.isEmpty else { return left }
        var difference: [IPPrefix] = []
        var rightIndex = 0
        for prefix in left {
            while rightIndex < right.count, right[rightIndex] < prefix { rightIndex += 1 }
            if rightIndex == right.count || right[rightIndex] != prefix { difference.append(prefix) }
        }
        return difference
    }
}
