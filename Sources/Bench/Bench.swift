// Which figures are wanted, by the first argument.

import Aggregation
import Glibc
import Probes
import Views

func runBench() {
    switch CommandLine.arguments.dropFirst().first {
    case nil:
        for flows in [1_000, 20_000] { EngineFigures(flows: flows).measure() }
        let tables = Crowd(flows: 20_000).engine(connections: 20_000).tables
        KeyFigures(tables: tables, size: Size(200, 60)).measure()
    case "sweep":
        do {
            try SweepFigures().measure()
        } catch {
            print("bench: \(error.sentence)")
            exit(1)
        }
    case let word?:
        print("bench: there are no figures named \(word)")
        exit(64)
    }
}
