// `podglass snapshot`: everything it knows after a while, as one JSON document.

import Aggregation
import ArgumentParser

struct Snapshot: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Everything podglass knows after a while, as one JSON document.")

    @Option(help: ArgumentHelp("How long to look before it is written.", valueName: "duration"), transform: Interval.init(_:))
    var duration = Interval(nanoseconds: 5_000_000_000)

    @OptionGroup var node: NodeOptions

    func run() throws {
        try SnapshotLoop(source: .live(node.collector()), duration: duration.nanoseconds).run()
    }
}
