import DaemonRuntime
import Model
import ObjectStorage

extension CoordinatorSettings {
    /// Nil where no buckets are offered.
    var storageEndpoint: StorageEndpoint? {
        StorageEndpoint(
            self[Declared.storageEndpoint],
            style: StorageEndpoint.Style(rawValue: self[Declared.storageAddressing]) ?? .path
        )
    }

    static func checkStorage(_ all: Settings) throws(SettingsError) {
        let endpoint = all[Declared.storageEndpoint]
        guard endpoint.isEmpty || StorageEndpoint(endpoint, style: .path) != nil else {
            throw all.wrong(
                Declared.storageEndpoint,
                expected: "an https URL of a host's name in lower case, and perhaps a port (or http on 127.0.0.1)"
            )
        }
        guard all[Declared.storageRegion].utf8.allSatisfy({ (0x21...0x7e).contains($0) && $0 != UInt8(ascii: "/") }),
            !all[Declared.storageRegion].isEmpty
        else { throw all.wrong(Declared.storageRegion, expected: "a region's name, such as us-east-1") }
        var generator = SystemRandomNumberGenerator()
        guard BucketName.random(prefix: all[Declared.storageBucketPrefix], using: &generator) != nil else {
            throw all.wrong(
                Declared.storageBucketPrefix,
                expected: "up to 37 letters a-z, digits and -, beginning with a letter or a digit"
            )
        }
    }
}
