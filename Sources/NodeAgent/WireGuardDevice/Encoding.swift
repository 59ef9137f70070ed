import Netlink

enum Encoding {
    /// A message that could not be built is a request that could not be made.
    static func checked<Message>(
        _ build: () throws(MessageTooLong) -> Message
    ) throws(NetlinkError) -> Message {
        do throws(MessageTooLong) {
            return try build()
        } catch {
            throw .requestTooLong(byteCount: error.byteCount)
        }
    }
}
