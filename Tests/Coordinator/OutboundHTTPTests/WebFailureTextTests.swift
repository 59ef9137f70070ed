import OutboundHTTP
import Testing

@Suite struct WebFailureTextTests {
    private struct Fault: Error, CustomStringConvertible {
        let description: String
    }

    @Test func `a failure is told without the paths of the machine that built the library`() {
        let fault = Fault(
            description:
                "handshakeFailed(sslError([Error: 1 error:10:SSL routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED at /build/x/Sources/CNIOBoringSSL/ssl/handshake.cc:393]))"
        )
        let text = WebFailureText.text(fault)
        #expect(text.contains("CERTIFICATE_VERIFY_FAILED") && !text.contains("/build") && text.hasSuffix("]))"))
        #expect(WebFailureText.text(Fault(description: "connection refused")) == "connection refused")
    }
}
