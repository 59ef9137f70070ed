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
    static let appleRevocation = Setting(
        "apple.check_revocation",
        .boolean,
        default: true,
        help: """
            Whether Apple is asked (OCSP) if the certificates of a signature were taken back; while it does not answer,
            notifications are answered 503, and come again.
            """
    )
    static let appleKeyID = Setting(
        "apple.key_id",
        .string,
        default: "",
        help: "The id of the In-App Purchase key in the secret appstore-key, with which the App Store is asked."
    )
    static let appleIssuerID = Setting(
        "apple.issuer_id",
        .string,
        default: "",
        help: "The issuer id of App Store Connect, which goes with that key."
    )
    static let appleAPIBase = Setting(
        "apple.api_base",
        .string,
        default: "",
        help: "Where the App Store Server API is. Empty: Apple's own, of production or of the sandbox."
    )
}
