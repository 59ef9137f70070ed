import Glibc

/// Strings as C takes arguments and environments: an array of pointers that ends with a null pointer.
public enum ArgumentVector {
    /// - Parameter body: the pointers are good until it returns.
    public static func with<Result>(
        _ strings: [String],
        _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
    ) -> Result {
        var pointers: [UnsafeMutablePointer<CChar>?] = strings.map { strdup($0) }
        defer { for pointer in pointers { free(pointer) } }
        pointers.append(nil)
        return pointers.withUnsafeBufferPointer { buffer in
            guard let start = buffer.baseAddress else { preconditionFailure("the array ends with a nil") }
            return body(start)
        }
    }
}
