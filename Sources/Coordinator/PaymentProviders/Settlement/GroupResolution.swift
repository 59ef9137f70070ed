import Logging
import Model
import Store

/// Finds out what a group's events come to: one after the other, in their order, on one reading and with the answers that
/// they share.
struct GroupResolution: Sendable {
    /// An event that could not be resolved for this long is set aside for a person.
    static let patience: Duration = .seconds(7 * 86_400)
    /// After that, the events that are left are given back.
    private static let budget: Duration = .seconds(10)
    /// A store that takes longer has not answered. With the time that a group waits and is written, it is less than the
    /// time for which its events are held.
    private static let longest: Duration = .seconds(20)

    let resolver: any EventResolver
    let clock: @Sendable () -> Timestamp
    let logger: Logger

    struct Outcome: Sendable {
        let settlement: Settlement
        /// Nil when the store answered, or was not asked.
        let trouble: StoreTroubleKind?
    }

    func resolve(_ group: EventGroup) async -> Outcome {
        await withTaskGroup(of: Outcome?.self) { tasks in
            tasks.addTask { await resolveInTime(group) }
            tasks.addTask {
                try? await Task.sleep(for: Self.longest)
                return nil
            }
            defer { tasks.cancelAll() }
            guard let outcome = await tasks.next() ?? nil else {
                return postponed(group, after: [], "the store takes too long", .overloaded)
            }
            return outcome
        }
    }

    private func resolveInTime(_ group: EventGroup) async -> Outcome {
        let shared = resolver.sharing(SharedInquiry(seen: seen(group)))
        let start = ContinuousClock.now
        var verdicts: [Settlement.Verdict] = []
        for entry in group.entries.prefix(group.triesMax) {
            guard ContinuousClock.now - start < Self.budget, !Task.isCancelled else { break }
            do {
                switch try await shared.resolve(fields: entry.fields) {
                case .effect(let effect): verdicts.append(.effect(effect))
                case .nothing: verdicts.append(.nothing)
                case .park(let reason): verdicts.append(.parked(reason))
                case .later(let reason): verdicts.append(later(entry, reason, keepsPlace: false))
                }
            } catch {
                // Nothing is known that could change anything: a failed question never revokes.
                if let trouble = (error as? any StoreTrouble)?.trouble {
                    return postponed(group, after: verdicts, "\(error)", trouble)
                }
                verdicts.append(later(entry, "\(error)", keepsPlace: false))
            }
        }
        return Outcome(settlement: settlement(group, verdicts, rest: { _ in .untried }), trouble: nil)
    }

    /// The store cannot be asked: what comes after has to wait as well.
    private func postponed(
        _ group: EventGroup,
        after verdicts: [Settlement.Verdict],
        _ reason: String,
        _ trouble: StoreTroubleKind
    ) -> Outcome {
        let settlement = settlement(group, verdicts) { later($0, reason, keepsPlace: true) }
        return Outcome(settlement: settlement, trouble: trouble)
    }

    private func settlement(
        _ group: EventGroup,
        _ verdicts: [Settlement.Verdict],
        rest: (InboxEntry) -> Settlement.Verdict
    ) -> Settlement {
        Settlement(
            group.entries.enumerated().map { place, entry in
                (entry, place < verdicts.count ? verdicts[place] : rest(entry))
            }
        )
    }

    private func later(_ entry: InboxEntry, _ reason: String, keepsPlace: Bool) -> Settlement.Verdict {
        guard clock() - entry.receivedAt < Self.patience else { return .parked(reason) }
        logger.info(
            "a webhook waits",
            metadata: ["event": "\(entry.eventID)", "attempts": "\(entry.attempts)", "reason": "\(reason)"]
        )
        return .postponed(keepsPlace: keepsPlace)
    }

    private func seen(_ group: EventGroup) -> [StoreReference: InboxEffect.Seen] {
        guard let seen = group.seen, let text = group.entries[0].storeReference else { return [:] }
        return [StoreReference(provider: resolver.provider, environment: resolver.environment, text: text): seen]
    }
}
