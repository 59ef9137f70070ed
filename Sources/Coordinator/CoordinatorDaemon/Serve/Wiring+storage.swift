import API
import DaemonRuntime
import Logging
import Model
import ObjectStorage
import SecretStore
import Store

// Buckets

extension Wiring {
    /// Nil where no buckets are offered. The settings have been checked.
    func objectStore(_ secrets: Secrets) throws -> ObjectStore? {
        guard let endpoint = settings.storageEndpoint else { return nil }
        func secret(_ name: SecretName) throws -> Secret<String> {
            guard let found = try secrets.store.secret(name) else {
                throw StartFailure.storageKey(path: secrets.store.path(of: name))
            }
            return found
        }
        return ObjectStore(
            endpoint: endpoint,
            region: settings[Declared.storageRegion],
            credentials: StorageCredentials(
                accessKey: try secret(.storageAccessKey).reveal(),
                secretKey: try secret(.storageSecretKey)
            )
        )
    }

    func bucketDesk(_ objects: ObjectStore?) -> BucketDesk? {
        objects.map { objects in
            BucketDesk(
                store: store,
                objects: objects,
                catalogue: settings.tiers,
                namePrefix: settings[Declared.storageBucketPrefix],
                retention: retention,
                logger: Logger(label: "storage")
            )
        }
    }

    func bucketKeeper(_ objects: ObjectStore?) -> BucketKeeper? {
        objects.map { objects in
            BucketKeeper(
                store: store,
                objects: objects,
                instance: instance,
                retention: retention,
                logger: Logger(label: "storage"),
                now: { SystemClock.now() }
            )
        }
    }

    private var retention: Duration { .seconds(settings[Declared.storageRetention] * 86_400) }
}
