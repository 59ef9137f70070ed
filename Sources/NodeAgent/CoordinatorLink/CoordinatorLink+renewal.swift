import DaemonRuntime
import LinkProtocol
import Model

extension CoordinatorLink {
    func requestRenewal(on channel: Channel, at now: Moment) throws(LinkFailure) {
        let request: [UInt8]
        let keyPEM: Secret<[UInt8]>
        do throws(OpenSSLError) {
            let key = try PrivateKey.generate()
            request = try key.certificateRequest(commonName: nodeName)
            keyPEM = try key.pem()
        } catch {
            throw .tls(error)
        }
        renewal.requested(key: keyPEM, at: now.monotonic)
        try channel.send(.renewalRequest(certificateRequest: request))
    }

    /// Puts key and certificate on disk in one step, and uses them from the next connection on. The present link goes
    /// on with the old certificate, which stays good until the new one is used.
    func install(_ issued: IssuedCertificate, _ events: inout [Event]) {
        guard let keyPEM = renewal.key else {
            events.append(.renewalFailed(reason: "a certificate that was not asked for"))
            return
        }
        do {
            let renewed = try Identity.assemble(
                keyPEM: keyPEM,
                issued: issued.certificate,
                authority: issued.authority
            )
            try DurableFile.write(renewed.pem().reveal(), to: identityPath)
            identity = renewed
        } catch {
            events.append(.renewalFailed(reason: "\(error)"))
            return
        }
        renewal.forget()
        renewal.schedule(identity.certificate)
        status.certificateExpires = identity.certificate.notAfter
        events.append(.renewed(expires: identity.certificate.notAfter))
    }
}
