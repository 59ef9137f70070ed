import CoordinatorLink
import Cryptography
import DaemonRuntime
import Glibc
import Model

extension Enrolling {
    /// The key of an earlier attempt, or a new one.
    func tlsKey(in directory: StateDirectory) throws(Failure) -> Secret<[UInt8]> {
        if directory.enrolmentKey.exists { return try directory.read(directory.enrolmentKey) }
        let pem = try Failure.wrapping(Failure.init) { () throws(OpenSSLError) in try PrivateKey.generate().pem() }
        try directory.write(pem, to: directory.enrolmentKey)
        return pem
    }

    func wireguardKey(in directory: StateDirectory) throws(Failure) -> WireGuardKeyPair {
        if directory.wireguardKey.exists { return try directory.wireguardKeyPair() }
        let pair = WireGuardKeyPair.generate()
        let line = Base64.encode(pair.privateKey.reveal()) + "\n"
        try directory.write(Secret(Array(line.utf8)), to: directory.wireguardKey)
        return pair
    }

    /// From the file, from standard input, from the environment, or from systemd; never from the command line, which others can see.
    static func token(_ file: String?) throws(Failure) -> JoinToken {
        let text: String
        switch file {
        case "-": text = readLine() ?? ""
        case let path?: text = try tokenText(path)
        case nil: text = try givenToken(Environment.current())
        }
        do throws(JoinToken.Malformed) {
            return try JoinToken(text.filter { !$0.isWhitespace })
        } catch {
            switch error {
            case .notAJoinToken: throw Failure(.usage, "the token is no join token: those begin with hfj1.")
            case .damaged: throw Failure(.usage, "the join token is damaged: copy it again, whole")
            }
        }
    }

    private static func givenToken(_ environment: [String: String]) throws(Failure) -> String {
        if let token = environment["HOLDFAST_JOIN_TOKEN"] { return token }
        if let directory = environment["CREDENTIALS_DIRECTORY"], FileAccess.exists("\(directory)/join-token") {
            return try tokenText("\(directory)/join-token")
        }
        throw Failure(.usage, "give the join token with `--token-file`, or in HOLDFAST_JOIN_TOKEN")
    }

    private static func tokenText(_ path: String) throws(Failure) -> String {
        let bytes = try Failure.wrapping(Failure.init) { () throws(DurableFileError) in
            try DurableFile.read(path, limit_bytes: 4096)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    static func hostName() -> String {
        var buffer = [CChar](repeating: 0, count: 256)
        guard gethostname(&buffer, buffer.count - 1) == 0 else { return "" }
        return buffer.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    }
}
