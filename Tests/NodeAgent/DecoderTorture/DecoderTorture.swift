import LinkMessages
import LinkProtocol
import Model
import NFTables
import Netlink
import WireGuardDevice

/// Feeds random and damaged bytes to every decoder that reads what others send: netlink's, the frames', the messages'.
/// Built with AddressSanitizer (`make test-sanitized`), under which a read beyond the end ends the program.
///
/// The seed is fixed, so that a failure comes again; another is the first argument.
@main
struct DecoderTorture {
    static let rounds = 10_000

    static func main() {
        let seed = CommandLine.arguments.dropFirst().first.flatMap { UInt64($0) } ?? 1
        var source = Source(seed: seed)
        let netlink = Samples.netlink
        let frames = Samples.frames
        var understood = (netlink: 0, frames: 0)
        for _ in 0..<rounds {
            understood.netlink += MessageReading.attempt(source.bytes(like: netlink))
            understood.netlink += RulesetReading.attempt(source.bytes(like: Samples.ruleset))
            walk(source.bytes(like: netlink))
            if read(source.bytes(like: frames)) { understood.frames += 1 }
        }
        print(
            "decoders: \(rounds) strings each, seed \(seed); netlink made sense of \(understood.netlink) readings, "
                + "the link of \(understood.frames) streams"
        )
        // Were nothing or everything understood, the strings would not be near what is real.
        precondition(understood.netlink > 0 && understood.frames > 0 && understood.frames < rounds)
    }

    /// As messages and as attributes, one after the other.
    private static func walk(_ bytes: [UInt8]) {
        let span = bytes.span.bytes
        var messages = MessageCursor()
        while let message = try? messages.next(in: span) {
            _ = try? Acknowledgement(error: span.extracting(message.payload), flags: message.header.flags)
            _ = try? Acknowledgement(done: span.extracting(message.payload), flags: message.header.flags)
        }
        var attributes = AttributeCursor()
        while let found = try? attributes.next(in: span) { _ = try? found.string(in: span) }
    }

    /// As a stream that arrives in two pieces.
    private static func read(_ bytes: [UInt8]) -> Bool {
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
}
