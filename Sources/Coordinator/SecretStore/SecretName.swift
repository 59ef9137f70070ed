/// The secrets that the coordinator looks for; the raw value is the file's name.
public enum SecretName: String, Sendable, CaseIterable {
    case authorityKey = "ca.key"
    case authorityCertificate = "ca.crt"
    case pepper
    case auditKey = "audit-key"
    case stripeWebhookSecret = "stripe-webhook-secret"
    case stripeAPIKey = "stripe-api-key"
    case appStoreKey = "appstore-key"
    case googleServiceAccount = "google-service-account"
    case storageAccessKey = "storage-access-key"
    case storageSecretKey = "storage-secret-key"
    case providerWebhookKey = "provider-webhook-key"
}
