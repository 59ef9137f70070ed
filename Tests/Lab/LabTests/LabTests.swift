import Testing

/// The real binaries in a real kernel. One test at a time: each builds a whole internet of its own.
@Suite(.serialized) struct LabTests {}
