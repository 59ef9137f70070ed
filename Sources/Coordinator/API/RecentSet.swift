/// What was noted within some time, and not too much of it: two generations, of which the older one goes when the
/// younger one is full or old. An element is remembered for one to two times the life, unless very many come.
struct RecentSet<Element: Hashable> {
    private let life: Duration
    private let generationMax: Int
    private var young: Set<Element> = []
    private var old: Set<Element> = []
    private var youngSince: ContinuousClock.Instant?

    /// - Parameter countMax: elements at most, in both generations.
    init(life: Duration, countMax: Int) {
        precondition(countMax > 1 && life > .zero)
        self.life = life
        generationMax = countMax / 2
    }

    var count: Int { young.count + old.count }

    mutating func contains(_ element: Element, now: ContinuousClock.Instant) -> Bool {
        age(now)
        return young.contains(element) || old.contains(element)
    }

    mutating func insert(_ element: Element, now: ContinuousClock.Instant) {
        age(now)
        if young.count >= generationMax { turn(now) }
        young.insert(element)
    }

    mutating func remove(_ element: Element) {
        young.remove(element)
        old.remove(element)
    }

    private mutating func age(_ now: ContinuousClock.Instant) {
        let since = youngSince ?? now
        youngSince = since
        guard since.duration(to: now) >= life else { return }
        if since.duration(to: now) >= life * 2 { young = [] }
        turn(now)
    }

    private mutating func turn(_ now: ContinuousClock.Instant) {
        old = young
        young = []
        youngSince = now
    }
}
