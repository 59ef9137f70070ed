import DaemonRuntime

/// The settings of the App Store.
extension Declared {
    static let appleBundleID = Setting(
        "apple.bundle_id",
        .string,
        default: "",
        help: "The app's bundle id, such as org.example.vpn. Empty: nothing is sold at the App Store."
    )
    static let appleAppID = Setting(
        "apple.app_id",
        .integer(in: 0...Int.max),
        default: 0,
        help: "The app's number in the App Store, which every notification of production names."
    )
    static let appleRoot = Setting(
        "apple.root",
        .string,
        default: "",
        help: """
            The file with Apple Root CA - G3, in DER or PEM, from www.apple.com/certificateauthority: signatures that do
            not lead to it are refused.
            """
    )
    static let appleRootFingerprint = Setting(
        "apple.root_fingerprint",
        .string,
        default: "63343abfb89a6a03ebb57e9b3f5fa7be7c4f5c756f3017b3a8c488c3653e9179",
        help: "SHA-256 of that certificate, so that no other file is taken for it."
    )
}
