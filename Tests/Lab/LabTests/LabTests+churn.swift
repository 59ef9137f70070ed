import LabSupport
import Testing

extension LabTests {
    @Suite struct Churn {
        private static let rounds = 10
        private static let changesPerRound = 500

        /// The kernel, the table and the coordinator must agree within seconds after each kill.
        @Test(.timeLimit(.minutes(20)))
        func `an agent killed at random moments while changes stream in loses and undoes none`() async throws {
            var settings = CoordinatorProcess.Settings()
            settings.provisionWait_s = 1
            try await Site.with(settings: settings) { site in
                let ledger = Ledger(existing: site.peer)
                for round in 1...Churn.rounds {
                    do {
                        try Churn.killDuringStream(site, ledger)
                        print("churn: round \(round) of \(Churn.rounds): \(ledger.wanted().count) peers, all agree")
                    } catch {
                        throw LabFailure("round \(round): \(error)")
                    }
                }
            }
        }

        private static func killDuringStream(_ site: Site, _ ledger: Ledger) throws {
            let stream = ChangeStream(
                api: site.coordinator.api,
                token: site.customer.token,
                ledger: ledger,
                changes: changesPerRound
            )
            let apps = stream.start()
            let moment = Int.random(in: 1..<changesPerRound)
            try wait(for: "\(moment) changes to be asked for", within: .seconds(120), pause: .milliseconds(1)) {
                stream.asked >= moment
            }
            // Taken before the kill: whatever is acknowledged here must never be missing again.
            let promised = ledger.acknowledged()
            site.node.agent.kill()
            try keepsPromise(site, promised, ledger, "after the kill")
            try site.node.agent.start()
            try apps.finish()
            try wait(for: "kernel, table and coordinator to agree", within: .seconds(30), pause: .milliseconds(50)) {
                try keepsPromise(site, promised, ledger, "after the restart")
                return try agree(site, ledger)
            }
        }

        private static func keepsPromise(
            _ site: Site,
            _ promised: Set<String>,
            _ ledger: Ledger,
            _ moment: String
        ) throws {
            let kernel = try site.kernelKeys()
            // A peer whose removal was asked for meanwhile may be gone.
            let lost = promised.subtracting(kernel).subtracting(ledger.removalsAsked())
            try require(lost.isEmpty, "\(lost.count) acknowledged peers are missing \(moment)")
        }

        private static func agree(_ site: Site, _ ledger: Ledger) throws -> Bool {
            let expected = ledger.wanted()
            guard try site.kernelKeys() == expected else { return false }
            let states = try site.customer.peerStates()
            guard Set(states.keys) == expected, states.values.allSatisfy({ $0 == "active" }) else { return false }
            return try site.node.agent.status().peersInTable == expected.count
        }
    }
}
