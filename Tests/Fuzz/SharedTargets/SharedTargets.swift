import FuzzSupport
import Glibc
import LinkMessages
import LinkProtocol
import Model
import NFTables
import Netlink
import WireGuardDevice

/// The parsers of both daemons' shared modules, and the agent's: small enough for a build of their own under
/// AddressSanitizer, where a read beyond the end ends the program.
@main
struct SharedTargets {
    static func main() async {
        exit(await FuzzRunner.main(targets, CommandLine.arguments))
    }

    static var targets: [FuzzTarget] {
        [
            FuzzTarget("netlink", corpus: Samples.netlinkMessages, read: walk),
            FuzzTarget("device", corpus: Samples.netlink) { MessageReading.attempt($0) > 0 },
            FuzzTarget("ruleset", corpus: Samples.ruleset) { RulesetReading.attempt($0) > 0 },
            FuzzTarget("frames", corpus: Samples.frames) { read(stream: $0) },
            FuzzTarget("agent-message", corpus: Samples.agentMessages) {
                (try? LinkCodec.decodeAgentMessage($0)) != nil
            },
            FuzzTarget("coordinator-message", corpus: Samples.coordinatorMessages) {
                (try? LinkCodec.decodeCoordinatorMessage($0)) != nil
            },
            FuzzTarget("text", corpus: Samples.texts, words: Samples.words, read: text),
            FuzzTarget("json-depth", corpus: Samples.json, words: ["[", "{", "\"", "\\", "]"]) {
                JSONDepth.isAtMost(64, $0) && $0.count < 100_000
            },
            FuzzTarget("json-members", corpus: Samples.members, words: ["{", "}", "\"", "\\u00", "\\", ",", ":"]) {
                !JSONMembers($0).names.isEmpty
            },
        ]
    }

    /// As messages and as attributes, one after the other.
    @Sendable private static func walk(_ bytes: [UInt8]) -> Bool {
        let span = bytes.span.bytes
        var isUnderstood = false
        var messages = MessageCursor()
        while let message = try? messages.next(in: span) {
            isUnderstood = true
            _ = try? Acknowledgement(error: span.extracting(message.payload), flags: message.header.flags)
            _ = try? Acknowledgement(done: span.extracting(message.payload), flags: message.header.flags)
        }
        var attributes = AttributeCursor()
        while let found = try? attributes.next(in: span) { _ = try? found.string(in: span) }
        return isUnderstood
    }

    /// As a stream that arrives in two pieces. What frames it has are read as either side's.
    private static func read(stream bytes: [UInt8]) -> Bool {
        var decoder = FrameDecoder()
        var isUnderstood = false
        for part in [bytes.prefix(bytes.count / 2), bytes.suffix(bytes.count - bytes.count / 2)] {
            decoder.append(part)
            while let payload = try? decoder.next() {
                if (try? LinkCodec.decodeCoordinatorMessage(payload)) != nil { isUnderstood = true }
                _ = try? LinkCodec.decodeAgentMessage(payload)
            }
        }
        return isUnderstood
    }

    /// Whatever a stranger writes as a word: addresses, times, keys, names, versions.
    @Sendable private static func text(_ bytes: [UInt8]) -> Bool {
        // No listener hands a longer one on.
        let bytes = Array(bytes.prefix(64 << 10))
        let text = String(decoding: bytes, as: UTF8.self)
        let values: [Any?] = [
            HostPort(text), IPPrefix(text), IPAddress(text), Timestamp(text), NodeName(text), RegionName(text),
            OperatorName(text), PackageVersion(text), try? PublicKey(base64: text), PeerID(text),
            Hexadecimal.decode(text),
        ]
        let shown = PrintableText.line(text)
        precondition(shown.unicodeScalars.allSatisfy { PrintableText.isPrintable($0) || $0 == "\u{fffd}" })
        precondition(!PrintableText.escaped(json: bytes).contains(0x1b))
        return values.contains { $0 != nil }
    }
}
