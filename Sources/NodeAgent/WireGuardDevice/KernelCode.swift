/// The codes of errno(3) that decide something here; Linux gives them these numbers on every architecture that
/// Holdfast is built for.
enum KernelCode {
    static let notPermitted: Int32 = 1
    static let noSuchEntry: Int32 = 2
    static let accessDenied: Int32 = 13
    static let busy: Int32 = 16
    static let exists: Int32 = 17
    static let noSuchDevice: Int32 = 19
    static let notSupported: Int32 = 95
    static let addressInUse: Int32 = 98
}
