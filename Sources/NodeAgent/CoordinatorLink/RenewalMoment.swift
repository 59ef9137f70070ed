import Cryptography
import Model

/// When a certificate is renewed: at half its life, give or take a tenth of that.
///
/// The spread comes from the serial number: certificates issued in one hour do not all return in one hour, and a
/// restart does not roll the dice again.
public enum RenewalMoment {
    public static func of(notBefore: Timestamp, notAfter: Timestamp, serial: [UInt8]) -> Timestamp {
        let hash = SHA256.hash(serial)
        let spread = Double(Int(hash[0]) << 8 | Int(hash[1])) / 65_535
        return notBefore + (notAfter - notBefore) * (0.45 + 0.1 * spread)
    }
}
