import ArgumentParser
import Model

/// A region's name on the command line.
struct RegionArgument: ExpressibleByArgument {
    let region: RegionName

    init?(argument: String) {
        guard let region = RegionName(argument) else { return nil }
        self.region = region
    }
}
