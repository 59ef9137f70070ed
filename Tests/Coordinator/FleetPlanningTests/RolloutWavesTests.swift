import FleetPlanning
import Model
import SeededRandom
import Testing

@Suite struct RolloutWavesTests {
    @Test(arguments: [
        ("1,10%,50%,100%", "1,10%,50%,100%"), (" 1 , 10% ", "1,10%,100%"), ("5", "5,100%"), ("100%", "100%,100%"),
        ("1,1,5%,5%", "1,1,5%,5%,100%"), ("20,10%", "20,10%,100%"),
    ])
    func `waves read as they are written, and end with everybody`(text: String, read: String) throws {
        let waves = try RolloutWaves(text)
        #expect(waves.description == read)
        #expect(try RolloutWaves(texts: waves.texts) == waves)
    }

    @Test(arguments: [
        ("", RolloutWavesError.empty), (" , ", .empty), ("1,,5", .malformed("")), ("0", .zero("0")),
        ("0%", .zero("0%")),
        ("101%", .aboveWhole("101%")), ("10%,5%", .decreasing(from: "10%", to: "5%")),
        ("3,2", .decreasing(from: "3", to: "2")), ("100%,3", .decreasing(from: "100%", to: "3")),
        ("-1", .malformed("-1")), ("1.5%", .malformed("1.5%")), ("half", .malformed("half")), ("%", .malformed("%")),
        ("99999999999999999999", .malformed("99999999999999999999")), ("1;2", .malformed("1;2")),
        ("١", .malformed("١")),
    ])
    func `what is no list of waves is refused with its reason`(text: String, error: RolloutWavesError) {
        #expect(throws: error) { try RolloutWaves(text) }
        #expect(!error.description.isEmpty)
    }

    @Test func `each wave has its share of every region`() throws {
        let fleet = candidates([fra1: 40, ams1: 20, RegionName("nyc1")!: 4, RegionName("sgp1")!: 1])
        let waves = try RolloutWaves("1,10%,50%,100%")
        let assigned = waves.assign(fleet)
        var lines: [String] = []
        for wave in 0..<waves.count {
            let members = fleet.filter { assigned[$0.id] == wave }
            let regions = Dictionary(grouping: members, by: \.region).sorted { $0.key < $1.key }
            lines.append("wave \(wave): \(regions.map { "\($0) \($1.count)" }.joined(separator: ", "))")
        }
        try GoldenText.expect(lines.joined(separator: "\n") + "\n", is: "rollout-waves")
    }

    @Test(arguments: 0..<300) func `whatever the fleet, each node has one wave, and always the same`(seed: UInt64)
        throws
    {
        var random = SplitMix64(seed: seed)
        let regions = (1...6).map { RegionName("r\($0)")! }
        let fleet = (0..<UInt64.random(in: 1...40, using: &random)).map { number in
            RolloutCandidate(
                id: nodeID(number),
                region: regions[Int.random(in: 0..<Int.random(in: 1...6, using: &random), using: &random)],
                isLost: Int.random(in: 0..<6, using: &random) == 0
            )
        }
        let texts = ["1,10%,50%,100%", "100%", "3,40%", "90%", "2,1%,7%"]
        let waves = try RolloutWaves(texts[Int.random(in: 0..<texts.count, using: &random)])
        let assigned = waves.assign(fleet)
        #expect(Set(assigned.keys) == Set(fleet.map(\.id)) && assigned.count == fleet.count)
        #expect(assigned == waves.assign(fleet.shuffled(using: &random)))
        #expect(assigned.values.allSatisfy { (0..<waves.count).contains($0) })
        #expect(assigned.values.contains(0))
        for (_, members) in Dictionary(grouping: fleet, by: \.region) where members.count > 1 {
            #expect(!members.allSatisfy { assigned[$0.id] == 0 }, "a whole region in the first wave")
        }
        for wave in 1..<waves.count {
            let bound: Int
            switch waves.waves[wave] {
            case .nodes(let number): bound = number
            case .percent(let percent): bound = (fleet.count * percent + 99) / 100
            }
            let first = assigned.values.filter { $0 == 0 }.count
            #expect(assigned.values.filter { $0 <= wave }.count <= max(bound, first))
        }
    }

    @Test func `lost nodes are no vanguard`() throws {
        let fleet = (1...4 as ClosedRange<UInt64>).map {
            RolloutCandidate(id: nodeID($0), region: fra1, isLost: $0 < 3)
        }
        #expect(try RolloutWaves("1,50%").assign(fleet) == [nodeID(3): 0, nodeID(4): 1, nodeID(1): 2, nodeID(2): 2])
    }

    private func candidates(_ sizes: [RegionName: UInt64]) -> [RolloutCandidate] {
        sizes.sorted { $0.key < $1.key }.enumerated().flatMap { index, region in
            (0..<region.value).map {
                RolloutCandidate(id: nodeID(UInt64(index) * 1000 + $0), region: region.key)
            }
        }
    }
}
