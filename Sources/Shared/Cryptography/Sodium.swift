import CSodium

/// libsodium, initialised before anything is computed with it.
enum Sodium {
    /// `sodium_init` is safe to call from several threads; it fails only without a source of randomness.
    static let ready: Void = {
        precondition(sodium_init() >= 0, "libsodium found no source of randomness")
    }()
}
