import Foundation
import LabSupport

/// The story of the README: a Stripe event becomes a working tunnel, and the tunnel outlives the coordinator.
/// Every step verifies what it says.
@main
struct Demo {
    static func main() {
        do {
            let lab = try Lab()
            let story = Story(lab: lab)
            do {
                try story.tell()
            } catch {
                complain("\(error)\n\nWhat the programs said last:\n\(lab.logTails())")
                try? lab.close()
                exit(1)
            }
            try story.end()
        } catch {
            complain("\(error)")
            exit(1)
        }
    }

    private static func complain(_ text: String) {
        FileHandle.standardError.write(Data("\(text)\n".utf8))
    }
}
