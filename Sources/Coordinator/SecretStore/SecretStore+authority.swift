import DaemonRuntime
import Glibc
import Model

extension SecretStore {
    /// The authority as it is stored; nil when there is none yet.
    public func authority() throws(SecretError) -> AuthoritySecrets? {
        let certificate = try secret(.authorityCertificate)
        let key = try secret(.authorityKey)
        switch (certificate, key) {
        case (nil, nil): return nil
        case (let certificate?, let key?):
            return AuthoritySecrets(certificate: certificate.reveal(), privateKey: key)
        case (nil, _): throw incomplete(present: .authorityKey, missing: .authorityCertificate)
        case (_, nil): throw incomplete(present: .authorityCertificate, missing: .authorityKey)
        }
    }

    /// The authority, made on the first start.
    ///
    /// The certificate is laid beside its place, then the key is put in place, then the certificate: whoever finds the
    /// key finds the certificate to it, so a crash in between is finished by the next start.
    /// - Parameters:
    ///   - mayMake: false when nodes have enrolled: then a missing authority is lost, and a new one locks them out.
    ///   - make: makes a new authority.
    public func authority(
        mayMake: Bool,
        make: () throws -> AuthoritySecrets
    ) throws(SecretError) -> AuthoritySecrets {
        let laidBeside = path(of: .authorityCertificate) + ".new"
        return try whileLocked { () throws(SecretError) in
            if try secret(.authorityKey) != nil, try secret(.authorityCertificate) == nil,
                try Self.read(laidBeside, ownerOnly: false) != nil
            {
                try putInPlace(laidBeside)
            }
            if let found = try authority() { return found }
            guard mayMake else { throw .lost(path: path(of: .authorityKey)) }
            let made: AuthoritySecrets
            do {
                made = try make()
            } catch {
                throw .notMade(path: path(of: .authorityKey), reason: "\(error)")
            }
            unlink(laidBeside)
            try Self.write(Secret(made.certificate), to: laidBeside, mode: 0o644)
            try Self.write(made.privateKey, to: path(of: .authorityKey))
            try putInPlace(laidBeside)
            return made
        }
    }

    private func putInPlace(_ laidBeside: String) throws(SecretError) {
        let path = path(of: .authorityCertificate)
        guard rename(laidBeside, path) == 0 else {
            throw .file(.failed(action: "create", path: path, reason: String(cString: strerror(errno))))
        }
        do {
            try DurableFile.syncDirectory(directory)
        } catch {
            throw .file(error)
        }
    }

    private func incomplete(present: SecretName, missing: SecretName) -> SecretError {
        .incompleteAuthority(present: path(of: present), missing: path(of: missing))
    }
}
