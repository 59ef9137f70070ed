import LinkProtocol
import Model
import SwiftProtobuf

/// Between the messages' values and their bytes on the wire (one frame's payload, without its length).
public enum LinkCodec {
    /// Why a payload is not a message. Either ends the link, with this as the stated reason.
    public enum Malformed: Error, Hashable, Sendable, CustomStringConvertible {
        case notProtobuf
        /// A body that this version does not know, or none.
        case unknownMessage
        case repeatedBody
        /// More than any message of this protocol has.
        case tooManyFields
        /// The message and the field whose value cannot be.
        case field(String)

        public var description: String {
            switch self {
            case .notProtobuf: "the frame is not a protobuf message"
            case .unknownMessage: "the frame holds no message that this version knows"
            case .repeatedBody: "the frame holds one field twice"
            case .tooManyFields: "the frame holds more fields than any message has"
            case .field(let name): "\(name) has an impossible value"
            }
        }
    }

    public static func encode(_ message: AgentMessage) -> [UInt8] {
        bytes(of: Holdfast_Link_V1_AgentFrame(message))
    }

    public static func encode(_ message: CoordinatorMessage) -> [UInt8] {
        bytes(of: Holdfast_Link_V1_CoordinatorFrame(message))
    }

    public static func decodeAgentMessage(_ payload: [UInt8]) throws(Malformed) -> AgentMessage {
        let frame: Holdfast_Link_V1_AgentFrame = try parse(payload)
        return try AgentMessage(frame)
    }

    public static func decodeCoordinatorMessage(_ payload: [UInt8]) throws(Malformed) -> CoordinatorMessage {
        let frame: Holdfast_Link_V1_CoordinatorFrame = try parse(payload)
        return try CoordinatorMessage(frame)
    }

    private static func parse<Frame: Message>(_ payload: [UInt8]) throws(Malformed) -> Frame {
        try FrameShape.check(payload)
        var options = BinaryDecodingOptions()
        options.discardUnknownFields = true
        do {
            return try Frame(serializedBytes: payload, options: options)
        } catch {
            throw .notProtobuf
        }
    }

    private static func bytes(of frame: some Message) -> [UInt8] {
        do {
            return try frame.serializedBytes()
        } catch {
            // Only missing required fields (proto2) or a message over 2 GiB fail; neither can be built here.
            preconditionFailure("a message of our own does not serialize: \(error)")
        }
    }
}
