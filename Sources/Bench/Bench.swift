// Which figures are wanted, by the first argument: `engine`, `names`, `keys` (with the beginning of a name, only those), `sweep`,
// `watch`, `cardinality`, `anomalies` (with the directory of the Numenta Anomaly Benchmark).

import Aggregation
import Glibc
import Probes
import Views

func runBench() {
    let words = CommandLine.arguments.dropFirst()
    switch words.first {
    case "engine":
        for flows in [1_000, 20_000] { EngineFigures(flows: flows).measure() }
    case "names": NameFigures().measure()
    case "keys":
        let tables = Crowd(flows: 20_000).engine(connections: 20_000).tables
        KeyFigures(tables: tables, size: Size(200, 60)).measure(only: words.dropFirst().first ?? "")
    case "sweep":
        do {
            try SweepFigures().measure()
        } catch {
            print("bench: \(error.sentence)")
            exit(1)
        }
    case "watch":
        do {
            try WatchFigures().measure()
        } catch {
            print("bench: \(error)")
            exit(1)
        }
    case "cardinality":
        if !CardinalityFigures().measure() { exit(1) }
    case "anomalies":
        guard let directory = words.dropFirst().first, !directory.isEmpty else {
            print("bench: anomalies needs the directory of the Numenta Anomaly Benchmark, which holds windows.json: anomalies DIR")
            exit(64)
        }
        do {
            try AnomalyFigures(directory: directory).measure()
        } catch {
            print("bench: \(error.sentence)")
            exit(1)
        }
    default:
        print("bench: which figures? engine, names, keys, sweep, watch, cardinality or anomalies")
        exit(64)
    }
}
