/// What one round trip brought back.
struct RoundTripOutcome {
    /// The results of the commands that ran, in order; as many as were asked for when nothing failed.
    var results: [QueryResult] = []
    /// The first failure.
    var failure: DatabaseError?
    /// The connection is gone, for this reason; answers may be missing for commands that the server ran.
    var lost: DatabaseError?
}
