import Database

extension Transaction {
    /// Whether statements are planned for the sizes that the tables have now, or once and for all, as is usual.
    ///
    /// The inbox is empty at first, and between bursts. A plan that was kept from then reads all that waits for each
    /// event, until the server happens to count the rows anew: 60 events a second instead of 900.
    func planForNow(_ isOn: Bool) {
        enqueue(
            isOn
                ? "SET LOCAL plan_cache_mode = force_custom_plan" : "SET LOCAL plan_cache_mode = auto"
        )
    }
}
